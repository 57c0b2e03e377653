/**
 * Digests and log files as they lie in a bucket now, read as somebody who may.
 *
 * What cannot be read says why: it is not there, or not one whole gzip member, or no digest.
 *
 * @module
 */
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { isSealtrailError } from '../../errors.js'
import { gunzip } from '../../gzip/gunzip.js'
import type { S3 } from '../../s3/s3.js'

/** A log file has at most this many plain bytes, and some: delivery/gather.ts. */
const PLAIN_BYTES_MAX = 256 * 1024 * 1024
/** What does not compress grows, by a few bytes in each block. */
const MEMBER_BYTES_MAX = PLAIN_BYTES_MAX + PLAIN_BYTES_MAX / 1024

export interface Place {
  readonly bucket: string
  readonly object: string
}

export interface FileRead {
  readonly plain: Uint8Array
  readonly metadata: Readonly<Record<string, string>>
}

export type Unreadable = 'missing' | 'damaged'

/** The members of a digest that are looked at. */
export interface DigestMembers {
  readonly digestStartTime: string
  readonly digestEndTime: string
  readonly digestS3Bucket: string
  readonly digestS3Object: string
  readonly digestPublicKeyFingerprint: string
  readonly previousDigestS3Bucket: string | null
  readonly previousDigestS3Object: string | null
  readonly previousDigestHashValue: string | null
  readonly previousDigestSignature: string | null
  readonly logFiles: ReadonlyArray<{
    readonly s3Bucket: string
    readonly s3Object: string
    readonly hashValue: string
  }>
}

/** @throws SealtrailError for all but what lies in the bucket itself: `AccessDeniedException`, `StoreFailed`, … */
export async function readFile(s3: S3, { bucket, object }: Place): Promise<FileRead | Unreadable> {
  try {
    const answer = await s3.getObject({ Bucket: bucket, Key: object })
    const {
      Body,
      ContentLength,
      Metadata = {},
    } = answer as {
      readonly Body: Uint8Array | Readable
      readonly ContentLength: number
      readonly Metadata?: Record<string, string>
    }
    if (ContentLength > MEMBER_BYTES_MAX) {
      if (!(Body instanceof Uint8Array)) Body.destroy()
      return 'damaged'
    }
    const bytes = Body instanceof Uint8Array ? Body : await buffer(Body)
    return { plain: gunzip(bytes, { bytesMax: PLAIN_BYTES_MAX }), metadata: Metadata }
  } catch (error) {
    if (isSealtrailError(error)) {
      if (error.code === 'NoSuchKey' || error.code === 'NoSuchBucket') return 'missing'
      if (error.fault === 'integrity') return 'damaged'
    }
    throw error
  }
}

/** Undefined for what is no digest. */
export function digestIn(plain: Uint8Array): DigestMembers | undefined {
  let value: Readonly<Record<string, unknown>>
  try {
    value = JSON.parse(Buffer.from(plain.buffer, plain.byteOffset, plain.length).toString())
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const texts = [
    ...['digestStartTime', 'digestEndTime', 'digestS3Bucket', 'digestS3Object'],
    'digestPublicKeyFingerprint',
  ]
  const isDigest =
    texts.every((name) => typeof value[name] === 'string') &&
    Array.isArray(value.logFiles) &&
    value.logFiles.every(
      (file) => typeof file?.s3Object === 'string' && typeof file.hashValue === 'string',
    )
  return isDigest ? (value as unknown as DigestMembers) : undefined
}

/** All that lies below a prefix, in the order of names. */
export async function* keysBelow(s3: S3, bucket: string, prefix: string): AsyncGenerator<string> {
  for await (const { Contents = [] } of pagesBelow(s3, bucket, prefix)) {
    for (const { Key } of Contents) yield Key
  }
}

interface ListPage {
  readonly Contents?: ReadonlyArray<{ readonly Key: string }>
  readonly CommonPrefixes?: ReadonlyArray<{ readonly Prefix: string }>
  readonly NextContinuationToken?: string
}

/** What lies below a prefix, page by page. */
export async function* pagesBelow(
  s3: S3,
  Bucket: string,
  Prefix: string,
  more: { readonly Delimiter?: string; readonly StartAfter?: string } = {},
): AsyncGenerator<ListPage> {
  let ContinuationToken: string | undefined
  do {
    const input = { Bucket, Prefix, ...more, ContinuationToken }
    const page = (await s3.listObjectsV2(input)) as ListPage
    yield page
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
}
