/**
 * Signatures of a body's chunks, each over the one before: the first over the request's own.
 *
 *     AWS4-HMAC-SHA256-PAYLOAD             AWS4-HMAC-SHA256-TRAILER
 *     <time>                               <time>
 *     <scope>                              <scope>
 *     <signature before>                   <signature before>
 *     <SHA-256 of nothing>                 <SHA-256 of name:value\n …, sorted>
 *     <SHA-256 of the chunk>
 *
 * The signing key is its own copy: one that is kept (signing-keys.ts) may be wiped while a body comes. Source: Amazon S3
 * API reference, "Transferring Payload in Multiple Chunks" and "Including Trailing Headers".
 *
 * @module
 */
import { hash } from 'node:crypto'
import { SealtrailError } from '../../errors.js'
import type { Scope } from '../claim.js'
import { equalSignature } from '../equal-signature.js'
import type { HmacKey } from '../hmac.js'
import { deriveSigningKey } from '../signing-keys.js'

const OF_NOTHING = hash('sha256', '', 'hex')

export interface SignedSeed {
  readonly secretAccessKey: string
  readonly scope: Scope
  /** `YYYYMMDDTHHMMSSZ` */
  readonly timestamp: string
  /** Of the request. */
  readonly signature: string
}

export class ChunkSignatures {
  readonly #key: HmacKey
  readonly #lines: string
  #before: string

  constructor({ secretAccessKey, scope, timestamp, signature }: SignedSeed) {
    const { date, region, service, terminator } = scope
    this.#key = deriveSigningKey(secretAccessKey, scope)
    this.#lines = `${timestamp}\n${date}/${region}/${service}/${terminator}`
    this.#before = signature
  }

  /** @throws SealtrailError `SignatureDoesNotMatch` */
  checkChunk(bytes: Uint8Array, signature: string): void {
    this.#check('PAYLOAD', `${OF_NOTHING}\n${hash('sha256', bytes, 'hex')}`, signature)
  }

  /** @throws SealtrailError `SignatureDoesNotMatch` */
  checkTrailer(trailers: ReadonlyMap<string, string>, signature: string): void {
    const names = [...trailers.keys()].sort()
    const text = names.map((name) => `${name}:${trailers.get(name)}\n`).join('')
    this.#check('TRAILER', hash('sha256', Buffer.from(text, 'latin1'), 'hex'), signature)
  }

  /** Nothing is checked after it. */
  wipe(): void {
    this.#key.wipe()
  }

  #check(what: string, hashes: string, signature: string): void {
    const text = `AWS4-HMAC-SHA256-${what}\n${this.#lines}\n${this.#before}\n${hashes}`
    const expected = this.#key.hex(text)
    if (!equalSignature(expected, signature)) {
      throw new SealtrailError(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      )
    }
    this.#before = expected
  }
}
