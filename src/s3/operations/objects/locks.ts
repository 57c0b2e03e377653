/**
 * Get and Put of an object's retention and legal hold.
 *
 * Source: Amazon S3 user guide, "How S3 Object Lock works".
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { Bucket } from '../../buckets/bucket.js'
import type { InputOf } from '../../model.js'
import { checkRetention, future, lockMode } from '../../objects/lock.js'
import type { VersionFacts } from '../../objects/version.js'
import type { S3Parts } from '../../parts.js'
import { malformedXml } from '../../refusals.js'
import { bucketNamed } from '../../use/find-bucket.js'
import { mayObject } from '../../use/may.js'
import { alterVersion } from '../../versions/alter.js'
import { type Action, versionFor } from './find-version.js'

const GET_RETENTION = both('s3:GetObjectRetention')
const PUT_RETENTION = both('s3:PutObjectRetention')
const GET_HOLD = both('s3:GetObjectLegalHold')
const PUT_HOLD = both('s3:PutObjectLegalHold')

export async function getObjectRetention(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetObjectRetention'>,
) {
  const bucket = await lockedBucket(parts, call, input, GET_RETENTION)
  const { facts } = await versionFor(parts, call, bucket, input, GET_RETENTION)
  const { mode, until } = facts.lock ?? {}
  if (mode === undefined || until === undefined) throw notLocked()
  await call.succeed()
  return { Retention: { Mode: mode, RetainUntilDate: new Date(until) } }
}

/** One that holds is made longer, and nothing else; one of mode GOVERNANCE also otherwise, by who may pass by it. */
export async function putObjectRetention(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutObjectRetention'>,
) {
  const bucket = await lockedBucket(parts, call, input, PUT_RETENTION)
  const { Retention: given = {}, BypassGovernanceRetention: bypasses = false } = input
  const { Mode, RetainUntilDate: date } = given
  if ((Mode === undefined) !== (date === undefined)) throw malformedXml()
  const now = parts.clock.now()
  const wanted =
    Mode === undefined ? undefined : { mode: lockMode(Mode), until: future(date!, now) }
  if (bypasses) mayObject(call, bucket, input.Key, 's3:BypassGovernanceRetention')
  const find = () => versionFor(parts, call, bucket, input, PUT_RETENTION)
  await alterVersion(parts, call, bucket, input.Key, find, ({ facts }) => {
    checkRetention(facts.lock, wanted, now, bypasses)
    const { mode: _, until: __, ...others } = facts.lock ?? {}
    return { ...facts, lock: { ...others, ...wanted } }
  })
}

export async function getObjectLegalHold(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetObjectLegalHold'>,
) {
  const bucket = await lockedBucket(parts, call, input, GET_HOLD)
  const { facts } = await versionFor(parts, call, bucket, input, GET_HOLD)
  if (facts.lock?.hold === undefined) throw notLocked()
  await call.succeed()
  return { LegalHold: { Status: facts.lock.hold ? 'ON' : 'OFF' } }
}

export async function putObjectLegalHold(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutObjectLegalHold'>,
) {
  const bucket = await lockedBucket(parts, call, input, PUT_HOLD)
  const status = input.LegalHold?.Status
  if (status !== 'ON' && status !== 'OFF') throw malformedXml()
  const find = () => versionFor(parts, call, bucket, input, PUT_HOLD)
  await alterVersion(
    parts,
    call,
    bucket,
    input.Key,
    find,
    ({ facts }): VersionFacts => ({ ...facts, lock: { ...facts.lock, hold: status === 'ON' } }),
  )
}

/** @throws SealtrailError `AccessDeniedException`, `InvalidRequest` */
async function lockedBucket(
  parts: S3Parts,
  call: Call,
  input: Parameters<typeof bucketNamed>[2] & Parameters<typeof versionFor>[3],
  action: Action,
): Promise<Bucket> {
  const bucket = await bucketNamed(parts, call, input)
  mayObject(call, bucket, input.Key, action.plain, { versionId: input.VersionId })
  if (bucket.config.objectLock !== undefined) return bucket
  throw new SealtrailError('InvalidRequest', 'Bucket is missing Object Lock Configuration')
}

function notLocked(): SealtrailError {
  const says = 'The specified object does not have a ObjectLock configuration'
  return new SealtrailError('NoSuchObjectLockConfiguration', says)
}

function both(action: string): Action {
  return { plain: action, ofVersion: action }
}
