/**
 * A body that somebody sends, checked and sealed: what a row then says of it.
 *
 *     body → checksum (as it passes) → sealed → blob
 *
 * Nothing is left of a body that turns out to be another than was said.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import type { StreamingBody } from '../../aws/streaming.js'
import { randomText } from '../../bytes/random.js'
import { SealtrailError } from '../../errors.js'
import { checkedBody } from '../checksums/checked-body.js'
import type { ExpectedChecksum } from '../checksums/expected.js'
import type { SealingKey } from '../encryption/object-keys.js'
import type { ObjectChecksum, Sse } from '../objects/version.js'
import type { S3Parts } from '../parts.js'
import { type SealedContent, sealPieces, sealWhole, WHOLE_BYTES_MAX } from './seal.js'

export interface Written extends SealedContent {
  readonly checksum: ObjectChecksum
  /** The MD5 of the plain bytes in hex where S3 keys them, otherwise what tells nothing of them. */
  readonly etag: string
}

type Parts = Pick<S3Parts, 'blobs' | 'keys'>

const HEX = '0123456789abcdef'
const ETAG_CHARACTERS = 32

/**
 * @param bytesMax plain bytes.
 * @throws SealtrailError `EntityTooLarge`, `BadDigest`, and whatever the body ends in.
 */
export async function writeBody(
  { blobs, keys: { engine } }: Parts,
  key: SealingKey,
  body: StreamingBody,
  expected: ExpectedChecksum,
  bytesMax: number,
): Promise<Written> {
  if (body.bytes !== undefined && body.bytes > bytesMax) throw tooLarge(body.bytes, bytesMax)
  const checked = await checkedBody(body, expected, { md5: hasMd5(key.sse) })
  const { whole, pieces } = checked.body
  const content =
    whole !== undefined && whole.length <= WHOLE_BYTES_MAX
      ? await sealWhole({ blobs, engine }, key, whole)
      : await sealPieces({ blobs, engine }, key, atMost(pieces, bytesMax))
  const { checksum, md5 } = checked.outcome()
  return { ...content, checksum, etag: md5 ?? randomText(HEX, ETAG_CHARACTERS) }
}

/**
 * Of what has no row after all. What a store was asked to keep when it broke may be there at the next start, or not:
 * then the blob stays, and is swept away one day if it has no row.
 */
export function forget({ blobs, store }: Pick<S3Parts, 'blobs' | 'store'>, written: SealedContent) {
  void isBroken(store).then((broken) => (broken ? undefined : blobs.remove([written.blob])))
}

async function isBroken({ broken }: Pick<S3Parts['store'], 'broken'>): Promise<boolean> {
  let isSo = false
  void broken.then(() => {
    isSo = true
  })
  // Whoever is refused by a store that broke is refused behind the news.
  await setImmediate()
  return isSo
}

/** Whether an ETag is the MD5 of the plain bytes. */
export function hasMd5(sse: Sse): boolean {
  return sse.algorithm === 'AES256'
}

export function tooLarge(bytes: number, bytesMax: number): SealtrailError {
  const says = 'Your proposed upload exceeds the maximum allowed size'
  return new SealtrailError('EntityTooLarge', says, {
    ProposedSize: bytes,
    MaxSizeAllowed: bytesMax,
  })
}

async function* atMost(
  pieces: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > bytesMax) throw tooLarge(bytes, bytesMax)
    yield piece
  }
}
