/**
 * The keys that sign: one for each access key, date, region and service, worked out once a day.
 *
 *     HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request")
 *
 * Only a key that has verified a signature is kept, so that requests with made-up scopes cannot push
 * good ones out. Source: IAM user guide, "Create a signed AWS API request", step 4.
 *
 * @module
 */
import { type Scope, TERMINATOR } from './claim.js'
import type { Credential } from './credential.js'
import { HmacKey } from './hmac.js'

export interface SigningKey {
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

  /** When `keptMax` are kept, the oldest makes room: yesterday's. */
  constructor(keptMax = 1000) {
    this.#keptMax = keptMax
  }

  /** `credential`: key id/date/region/service/terminator. */
  find(credential: string): SigningKey | undefined {
    return this.#kept.get(credential)
  }

  keep(credential: string, signingKey: SigningKey): void {
    this.#drop(credential)
    if (this.#kept.size >= this.#keptMax) this.#drop(this.#kept.keys().next().value ?? '')
    this.#kept.set(credential, signingKey)
  }

  wipe(): void {
    for (const credential of [...this.#kept.keys()]) this.#drop(credential)
  }

  #drop(credential: string): void {
    this.#kept.get(credential)?.key.wipe()
    this.#kept.delete(credential)
  }
}
