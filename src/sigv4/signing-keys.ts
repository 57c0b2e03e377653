/**
 * The keys that sign: one for each access key, date, region and service, worked out once a day.
 *
 *     HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request")
 *
 * Where the addon is, a kept key lies there as well, and verifies at once what is in the common form
 * (native-signatures.ts). Only a key that has verified a signature is kept, so that requests with made-up scopes cannot push
 * good ones out. Source: IAM user guide, "Create a signed AWS API request", step 4.
 *
 * @module
 */
import type { KeyNumber } from '../engine/native/addon.js'
import type { SignedRequest } from './canonical-request.js'
import { type Scope, TERMINATOR } from './claim.js'
import type { Credential } from './credential.js'
import { HmacKey } from './hmac.js'
import { hasSigned, type NativeSignatures, nativeKey } from './native-signatures.js'

export interface SigningKey {
  /** Where the addon has it, too. */
  readonly native?: KeyNumber | undefined
  readonly credential: Credential
  readonly scope: Scope
  readonly key: HmacKey
}

/** The caller wipes it. */
export function deriveSigningKey(
  secretAccessKey: string,
  { date, region, service }: Pick<Scope, 'date' | 'region' | 'service'>,
): HmacKey {
  const secret = Buffer.from(`AWS4${secretAccessKey}`)
  let key = new HmacKey(secret)
  secret.fill(0)
  for (const part of [date, region, service, TERMINATOR]) {
    const bytes = key.bytes(part)
    key.wipe()
    key = new HmacKey(bytes)
    bytes.fill(0)
  }
  return key
}

export class SigningKeys {
  readonly #kept = new Map<string, SigningKey>()
  readonly #keptMax: number
  readonly #signatures

  /**
   * When `keptMax` are kept, the oldest makes room: yesterday's.
   * @param signatures undefined: JavaScript does all.
   */
  constructor(signatures: NativeSignatures | undefined, keptMax = 1000) {
    this.#signatures = signatures
    this.#keptMax = keptMax
  }

  /** `credential`: key id/date/region/service/terminator. */
  find(credential: string): SigningKey | undefined {
    return this.#kept.get(credential)
  }

  /** The key kept for `credential`, if the addon shows that it has signed `request`. */
  signerOf(request: SignedRequest, credential: string): SigningKey | undefined {
    const kept = this.#kept.get(credential)
    if (kept?.native === undefined || this.#signatures === undefined) return undefined
    return hasSigned(this.#signatures, kept.native, request) ? kept : undefined
  }

  keep(credential: string, signingKey: SigningKey): void {
    this.#drop(credential)
    if (this.#kept.size >= this.#keptMax) this.#drop(this.#kept.keys().next().value ?? '')
    const { secretAccessKey } = signingKey.credential
    const native = this.#signatures && nativeKey(this.#signatures, secretAccessKey, credential)
    this.#kept.set(credential, { ...signingKey, native })
  }

  wipe(): void {
    for (const credential of [...this.#kept.keys()]) this.#drop(credential)
  }

  #drop(credential: string): void {
    const kept = this.#kept.get(credential)
    if (kept === undefined) return
    kept.key.wipe()
    if (kept.native !== undefined) this.#signatures?.releaseKey(kept.native)
    this.#kept.delete(credential)
  }
}
