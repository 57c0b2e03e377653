/**
 * Bytes on their way through, held against their checksum: what comes out is what was said, or ends in an error.
 *
 * @module
 */
import type { StreamingBody } from '../../aws/streaming.js'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { type ChecksumAlgorithm, checksumHeader, isDigest } from './algorithms.js'
import { type Checksum, startChecksum } from './checksum.js'
import { type ExpectedChecksum, invalidRequest } from './expected.js'

export interface CheckedBody {
  /** The same bytes; those of `pieces` are right once they have ended without an error. */
  readonly body: StreamingBody
  /** After the last of them. */
  outcome(): BodyOutcome
}

export interface BodyOutcome {
  readonly checksum: {
    readonly algorithm: ChecksumAlgorithm
    /** Base64. */
    readonly value: string
    readonly type: 'FULL_OBJECT'
  }
  /** In hex; undefined unless it was wanted. */
  readonly md5: string | undefined
  readonly bytes: number
}

/**
 * @param options `md5`: of an ETag.
 * @throws SealtrailError `BadDigest`, `InvalidRequest` for what is no checksum in a trailer: here for bytes that are
 * whole, and at the end of `pieces` for others.
 */
export async function checkedBody(
  body: StreamingBody,
  expected: ExpectedChecksum,
  { md5 }: { readonly md5: boolean },
): Promise<CheckedBody> {
  const check = new Check(
    expected,
    await startChecksum(expected.algorithm),
    md5 || expected.contentMd5 !== undefined ? await startChecksum('MD5') : undefined,
    md5,
  )
  const { bytes, whole } = body
  const trailers = () => body.trailers()
  if (whole !== undefined) {
    check.update(whole)
    check.end(trailers())
  }
  const pieces = whole === undefined ? check.through(body) : body.pieces
  return {
    body: { bytes, whole, pieces, trailers },
    outcome: () => check.outcome(),
  }
}

class Check {
  readonly #expected: ExpectedChecksum
  readonly #checksum: Checksum
  readonly #md5: Checksum | undefined
  readonly #isMd5Wanted: boolean
  #bytes = 0
  #outcome: BodyOutcome | undefined

  constructor(
    expected: ExpectedChecksum,
    checksum: Checksum,
    md5: Checksum | undefined,
    isMd5Wanted: boolean,
  ) {
    this.#expected = expected
    this.#checksum = checksum
    this.#md5 = md5
    this.#isMd5Wanted = isMd5Wanted
  }

  update(piece: Uint8Array): void {
    this.#bytes += piece.length
    this.#checksum.update(piece)
    this.#md5?.update(piece)
  }

  async *through({ pieces, trailers }: StreamingBody): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      this.update(piece)
      yield piece
    }
    this.end(trailers())
  }

  /** @throws SealtrailError */
  end(trailers: ReadonlyMap<string, string>): void {
    const { algorithm, contentMd5 } = this.#expected
    const md5 = this.#md5?.digest()
    if (contentMd5 !== undefined && contentMd5 !== md5) {
      throw badDigest('The Content-MD5 you specified did not match what we received.')
    }
    const value = this.#checksum.digest()
    const said = this.#said(trailers)
    if (said !== undefined && said !== value) {
      throw badDigest(`The ${algorithm} you specified did not match the calculated checksum.`)
    }
    const isWanted = this.#isMd5Wanted && md5 !== undefined
    this.#outcome = {
      checksum: { algorithm, value, type: 'FULL_OBJECT' },
      md5: isWanted ? Buffer.from(md5, 'base64').toString('hex') : undefined,
      bytes: this.#bytes,
    }
  }

  outcome(): BodyOutcome {
    invariant(this.#outcome !== undefined, 'a checksum is asked for after the last byte')
    return this.#outcome
  }

  /** @throws SealtrailError `InvalidRequest` */
  #said(trailers: ReadonlyMap<string, string>): string | undefined {
    const { algorithm, value, isTrailing } = this.#expected
    if (!isTrailing) return value
    const name = checksumHeader(algorithm)
    const said = trailers.get(name)
    if (said !== undefined && isDigest(algorithm, said)) return said
    throw invalidRequest(`Value for ${name} trailing header is invalid.`)
  }
}

function badDigest(message: string): SealtrailError {
  return new SealtrailError('BadDigest', message)
}
