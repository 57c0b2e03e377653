/**
 * Chains of certificates that were believed: a signer of AWS signs for three hours, and is checked once.
 *
 * A chain is known by the hash of all its bytes, so that nothing of another passes for it; whether its certificates are
 * valid is asked each time. Kept are those that held, and of them the last ones: what did not is looked at again.
 *
 * @module
 */
import { createHash, type KeyObject, type X509Certificate } from 'node:crypto'
import { isWithin } from './certificate.js'
import { type BelievedChain, believeChain, type Chain, outdated } from './certificate-chain.js'

/** Each a key and two times. */
const CHAINS_MAX = 256

export class TrustedChains {
  readonly #roots: readonly X509Certificate[]
  readonly #chainsMax: number
  /** The one that was believed first comes first. */
  readonly #believed = new Map<string, BelievedChain>()

  constructor(roots: readonly X509Certificate[], chainsMax = CHAINS_MAX) {
    this.#roots = roots
    this.#chainsMax = chainsMax
  }

  /** The key of the chain's last certificate. @throws SealtrailError `ValidationException` */
  keyOf(chain: Chain, now: number): KeyObject {
    const name = nameOf(chain)
    const known = this.#believed.get(name)
    const believed = known ?? believeChain(chain, this.#roots, now)
    if (known === undefined) this.#keep(name, believed)
    if (!isWithin(believed.validity, now)) throw outdated()
    return believed.key
  }

  #keep(name: string, chain: BelievedChain): void {
    if (this.#believed.size === this.#chainsMax) {
      const [oldest] = this.#believed.keys()
      this.#believed.delete(oldest!)
    }
    this.#believed.set(name, chain)
  }
}

function nameOf({ bundle, certificate }: Chain): string {
  const hash = createHash('sha256')
  for (const der of [...bundle, certificate]) hash.update(`${der.length},`).update(der)
  return hash.digest('hex')
}
