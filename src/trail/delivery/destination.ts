/**
 * Whether CloudTrail can deliver: asked before a trail is made or changed, so that a refusal leaves all as it was.
 *
 *     bucket there? → GetBucketAcl → may it PutObject? → key there, in the bucket's region? → GenerateDataKey, thrown away
 *
 * The bucket's ACL is looked at as CloudTrail, which leaves a record, as with AWS. The data key is asked for as CloudTrail, in
 * the context of all that will be delivered: one record of KMS; with a bucket key it is decrypted again, as S3 will. Source: AWS CloudTrail API reference, errors of CreateTrail; user guide,
 * "Encrypting CloudTrail log files with AWS KMS keys"; AWS KMS developer guide, "How AWS CloudTrail uses AWS KMS".
 *
 * @module
 */
import { arnOf, parseArn } from '../../aws/arn.js'
import { isSealtrailError, type SealtrailError } from '../../errors.js'
import { excerpt } from '../../excerpt.js'
import { objectArn } from '../../s3/buckets/bucket.js'
import { asS3Tells } from '../../s3/encryption/kms-refusals.js'
import { noSuchBucket } from '../../s3/refusals.js'
import type { TrailParts } from '../parts.js'
import { refused } from '../refusals.js'
import { type Trail, trailArn } from '../trails/trail.js'
import { ACL, contextFor, logsPrefix, putMembers, SOURCE, trailContext } from './service.js'

export interface Destination extends Pick<Trail, 'account' | 'region' | 'name'> {
  readonly bucket: string
  readonly prefix: string | undefined
  /** As the caller wrote it. */
  readonly keyId: string | undefined
}

const BUCKET_NAME = /^[a-z0-9](?:[a-z0-9-]|\.(?![.-])){1,61}[a-z0-9]$/
const PREFIX_MAX = 200
const KEY_ID = /^(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
const ALIAS = /^alias\/[\w/:-]{1,250}$/

/** Without the slashes at its ends. @throws SealtrailError `InvalidS3PrefixException` */
export function checkPrefix(given: string): string | undefined {
  if (given.length > PREFIX_MAX) {
    const says = `S3 prefix is longer than maximum length: ${PREFIX_MAX} characters.`
    throw refused('InvalidS3PrefixException', says)
  }
  if (!/^[\w !'()*./=-]*$/.test(given)) {
    throw refused('InvalidS3PrefixException', 'S3 prefix contains invalid characters.')
  }
  return given.replace(/^\/+|\/+$/g, '') || undefined
}

/**
 * The ARN of the KMS key, when there is to be one.
 * @throws SealtrailError as CreateTrail does for buckets and keys.
 */
export async function checkDestination(
  parts: TrailParts,
  destination: Destination,
): Promise<string | undefined> {
  const { bucket: name, account, prefix, keyId } = destination
  if (!BUCKET_NAME.test(name)) {
    const says = `Bucket name ${excerpt(name)} is not valid.`
    throw refused('InvalidS3BucketNameException', says)
  }
  const bucket = await parts.s3.bucket(name)
  if (bucket === undefined) {
    throw refused('S3BucketDoesNotExistException', `S3 bucket ${name} does not exist!`)
  }
  const context = contextFor(destination, bucket.region)
  const delivery = { Bucket: name, Key: logsPrefix(account, prefix), ACL }
  await asTrailsTellOfBuckets(name, async () => {
    await parts.s3.as(context.caller, SOURCE).getBucketAcl({ Bucket: name })
    const denial = await parts.s3.denialOfDelivery(context, delivery)
    if (denial !== undefined) throw denial
  })
  if (keyId === undefined) return undefined
  const named = fullKeyId(keyId, destination)
  const found = await parts.kms.keyArn(named, { account, region: bucket.region })
  if (found === undefined) throw absentKey(destination, named, bucket.region)
  const question = {
    keyId: named,
    encryptionContext: {
      ...trailContext(destination),
      'aws:s3:arn': objectArn(bucket, logsPrefix(account, prefix)),
    },
  }
  await asTrailsTell(destination, found, async () => {
    const { dataKeys } = parts.kms
    const { small } = parts.engines
    const made = await dataKeys.generate(context, question, small)
    made.dataKey.release()
    if (bucket.config.encryption?.bucketKey !== true) return
    const { keyArn, ciphertext } = made
    const again = contextFor(destination, bucket.region)
    const { encryptionContext } = question
    const opened = await dataKeys.open(again, { keyArn, ciphertext, encryptionContext }, small)
    opened.release()
  })
  return found
}

/** The same question as before the first put, without a record: whether another try is worth one. */
export async function wouldBeRefused(
  parts: TrailParts,
  trail: Trail,
  key: string,
): Promise<SealtrailError | undefined> {
  const { bucket: name, keyArn } = trail.config
  const bucket = await parts.s3.bucket(name)
  if (bucket === undefined) return noSuchBucket(name)
  const context = contextFor(trail, bucket.region)
  const members = putMembers(trail, keyArn)
  const denial = await parts.s3.denialOfDelivery(context, { Bucket: name, Key: key, ...members })
  // With a bucket key, the key is used for the bucket, and not for each object.
  const isAsked = keyArn !== undefined && bucket.config.encryption?.bucketKey !== true
  if (denial !== undefined || !isAsked) return denial
  const encryptionContext = { ...trailContext(trail), 'aws:s3:arn': objectArn(bucket, key) }
  try {
    await asS3Tells(() => parts.kms.dataKeys.check(context, { keyId: keyArn, encryptionContext }))
    return undefined
  } catch (error) {
    if (isSealtrailError(error)) return error
    throw error
  }
}

/** Aliases and ids are the trail's. @throws SealtrailError `InvalidKmsKeyIdException` */
function fullKeyId(given: string, { account, region }: Destination): string {
  const arn = parseArn(given)
  const isArn = arn?.service === 'kms' && /^(?:key|alias)\/./.test(arn.resource)
  if (isArn) return given
  if (ALIAS.test(given)) return arnOf('kms', { account, region }, given)
  if (KEY_ID.test(given)) return arnOf('kms', { account, region }, `key/${given}`)
  const says = `KMS key ID ${excerpt(given)} is not valid: give a key ID, a key ARN, an alias name or an alias ARN.`
  throw refused('InvalidKmsKeyIdException', says)
}

/** Of a key of another account nobody learns whether it is there. */
function absentKey(destination: Destination, keyId: string, region: string): SealtrailError {
  const arn = parseArn(keyId)
  if (arn?.account !== destination.account) return insufficient(destination, keyId)
  const says =
    arn.region === region
      ? `KMS key ${keyId} does not exist.`
      : `KMS key ${keyId} is not in the region of S3 bucket ${destination.bucket}, ${region}.`
  return refused('KmsKeyNotFoundException', says)
}

async function asTrailsTellOfBuckets(name: string, ask: () => Promise<void>): Promise<void> {
  try {
    await ask()
  } catch (error) {
    if (!isSealtrailError(error) || error.fault !== 'client') throw error
    const says = `Incorrect S3 bucket policy is detected for bucket: ${name}`
    throw refused('InsufficientS3BucketPolicyException', says)
  }
}

async function asTrailsTell(
  destination: Destination,
  keyArn: string,
  ask: () => Promise<void>,
): Promise<void> {
  try {
    await ask()
  } catch (error) {
    if (!isSealtrailError(error)) throw error
    switch (error.code) {
      case 'AccessDeniedException':
        throw insufficient(destination, keyArn)
      case 'DisabledException':
      case 'KMSInvalidStateException':
      case 'InvalidKeyUsageException':
        throw refused('KmsException', error.message)
      default:
        throw error
    }
  }
}

/** AWS's words, and then what would do. */
function insufficient(destination: Destination, keyArn: string): SealtrailError {
  const { bucket, name } = destination
  const arn = trailArn(destination)
  const missing =
    `The key policy must allow cloudtrail.amazonaws.com kms:GenerateDataKey* where aws:SourceArn and ` +
    `kms:EncryptionContext:aws:cloudtrail:arn are ${arn}: \`sealtrail trail policy ${name}\` prints one that works.`
  const says = `Insufficient permissions to access S3 bucket ${bucket} or KMS key ${keyArn}.`
  return refused('InsufficientEncryptionPolicyException', `${says} ${missing}`)
}
