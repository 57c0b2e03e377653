/**
 * A digest file: which log files were delivered in an hour, with their hashes, and which digest was before it; signed.
 *
 *     signed text:  digestEndTime \n bucket/key \n SHA-256 of the digest, hex \n signature of the one before, or null
 *
 * Values only. Source: AWS CloudTrail user guide, "CloudTrail digest file structure", "Custom implementations of
 * CloudTrail log file integrity validation".
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { digestKey, timeText } from '../delivery/names.js'
import type { DeliveredFile } from '../trails/rows.js'
import type { Link, Trail } from '../trails/trail.js'
import type { SigningKey } from './signing-keys.js'

export const SIGNATURE_ALGORITHM = 'SHA256withRSA'
export const HASH_ALGORITHM = 'SHA-256'

export interface DigestAsked {
  readonly region: string
  readonly start: number
  readonly end: number
  readonly previous: Link | undefined
  /** Whether it tells of files that came late. */
  readonly isBackfill?: boolean
  /** In the order of their names. */
  readonly files: readonly DeliveredFile[]
}

export interface Digest {
  readonly plain: Uint8Array
  /** What the next one will say of this. */
  readonly link: Link
}

export async function digestOf(trail: Trail, asked: DigestAsked, key: SigningKey): Promise<Digest> {
  const { bucket } = trail.config
  const { region, start, end, previous, isBackfill, files } = asked
  const object = digestKey(trail, region, end, isBackfill)
  const text = JSON.stringify({
    awsAccountId: trail.account,
    digestStartTime: timeText(start),
    digestEndTime: timeText(end),
    digestS3Bucket: bucket,
    digestS3Object: object,
    digestPublicKeyFingerprint: key.fingerprint,
    digestSignatureAlgorithm: SIGNATURE_ALGORITHM,
    newestEventTime: outermost(files, ({ newest }) => newest, 1),
    oldestEventTime: outermost(files, ({ oldest }) => oldest, -1),
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.object ?? null,
    previousDigestHashValue: previous?.hash ?? null,
    previousDigestHashAlgorithm: previous === undefined ? null : HASH_ALGORITHM,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: files.map((file) => ({
      s3Bucket: file.bucket,
      s3Object: file.key,
      hashValue: file.hash,
      hashAlgorithm: HASH_ALGORITHM,
      newestEventTime: file.newest,
      oldestEventTime: file.oldest,
    })),
  })
  const plain = Buffer.from(text)
  const hash = sha256(plain)
  const signed = { end: timeText(end), bucket, object, hash, previous: previous?.signature }
  const signature = await key.sign(Buffer.from(signedText(signed)))
  return { plain, link: { bucket, object, hash, signature } }
}

export interface SignedParts {
  readonly end: string
  readonly bucket: string
  readonly object: string
  readonly hash: string
  readonly previous: string | null | undefined
}

export function signedText({ end, bucket, object, hash, previous }: SignedParts): string {
  return `${end}\n${bucket}/${object}\n${hash}\n${previous ?? 'null'}`
}

/** Lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function outermost(
  files: readonly DeliveredFile[],
  timeOf: (file: DeliveredFile) => string,
  direction: 1 | -1,
): string | null {
  const [first, ...others] = files.map(timeOf)
  if (first === undefined) return null
  return others.reduce((found, time) => {
    const isFurther = direction === 1 ? time > found : time < found
    return isFurther ? time : found
  }, first)
}
