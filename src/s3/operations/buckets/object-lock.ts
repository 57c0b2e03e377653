/**
 * GetObjectLockConfiguration, PutObjectLockConfiguration: whether objects of a bucket can be locked, and for how long
 * they are unless somebody says.
 *
 * Switched on at any time, as long as the bucket has versions, and never off again. Source: Amazon S3 API reference, by
 * operation.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { ObjectLock } from '../../buckets/bucket.js'
import type { InputOf, ShapeValue } from '../../model.js'
import type { S3Parts } from '../../parts.js'
import { invalidArgument, malformedXml } from '../../refusals.js'
import { bucketFor, changeBucket } from '../../use/find-bucket.js'

const DAYS_MAX = 36_500
const YEARS_MAX = 100

export async function getObjectLock(
  parts: S3Parts,
  call: Call,
  input: InputOf<'GetObjectLockConfiguration'>,
): Promise<object> {
  const { name, config } = await bucketFor(
    parts,
    call,
    input,
    's3:GetBucketObjectLockConfiguration',
  )
  const { objectLock } = config
  if (objectLock === undefined) {
    const says = 'Object Lock configuration does not exist for this bucket'
    throw new SealtrailError('ObjectLockConfigurationNotFoundError', says, { BucketName: name })
  }
  await call.succeed()
  const { mode: Mode, days: Days, years: Years } = objectLock
  const DefaultRetention = { Mode, ...(Days === undefined ? { Years } : { Days }) }
  return {
    ObjectLockConfiguration: {
      ObjectLockEnabled: 'Enabled',
      ...(Mode === undefined ? {} : { Rule: { DefaultRetention } }),
    },
  }
}

export async function putObjectLock(
  parts: S3Parts,
  call: Call,
  input: InputOf<'PutObjectLockConfiguration'>,
): Promise<void> {
  const action = 's3:PutBucketObjectLockConfiguration'
  await changeBucket(parts, call, input, action, ({ config }) => {
    const objectLock = lockOf(input.ObjectLockConfiguration)
    if (config.versioning !== 'Enabled') {
      const says = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
      throw new SealtrailError('InvalidBucketState', says)
    }
    return { ...config, objectLock }
  })
}

function lockOf(given: ShapeValue<'ObjectLockConfiguration'> | undefined): ObjectLock {
  if (given?.ObjectLockEnabled !== 'Enabled') throw malformedXml()
  if (given.Rule === undefined) return {}
  const { Mode: mode, Days: days, Years: years } = given.Rule.DefaultRetention ?? {}
  if (mode === undefined || (days === undefined) === (years === undefined)) throw malformedXml()
  if ((days ?? years)! <= 0) {
    throw invalidArgument('Default retention period must be a positive integer value.')
  }
  if ((days ?? 0) > DAYS_MAX || (years ?? 0) > YEARS_MAX) {
    throw invalidArgument(`Default retention period too large, exceeds ${YEARS_MAX} years.`)
  }
  return days === undefined ? { mode, years: years! } : { mode, days }
}
