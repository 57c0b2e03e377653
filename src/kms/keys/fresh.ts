/**
 * Fresh keys that are not symmetric: those of RSA are made so few at once, and whoever comes later waits.
 *
 *     RSA     two at once; then the accounts take turns; who would wait too long comes again
 *     others  at once
 *
 * An RSA key takes seconds on a thread of Node's, which also reads files and compresses; most of these threads are left to
 * others. Nobody holds anything meanwhile that a third party waits for, but each waiting call has a place at the port: were
 * there no end to the line, whoever may make keys could keep everybody else out.
 *
 * @module
 */
import type { Engine } from '../../engine/engine.js'
import type { PrivateKeyHandle, PrivateKeySpec } from '../../engine/private-keys.js'
import { SealtrailError } from '../../errors.js'

/** Node has four threads. */
const AT_ONCE = 2
/** So that the last one has his key before clients give up, which do so after a minute. */
const WAITING_MAX = 32
const WAITING_OF_ACCOUNT_MAX = 16

interface Waiting {
  readonly enter: () => void
  readonly turnAway: (error: SealtrailError) => void
}

export class FreshKeys {
  readonly #engine: Engine
  /** By account; the first one's turn is next. */
  readonly #lines = new Map<string, Waiting[]>()
  #waiting = 0
  #making = 0
  #isClosing = false

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /**
   * Whoever asked releases it.
   * @throws SealtrailError `ThrottlingException` when too many wait; `Closed`
   */
  async make(spec: PrivateKeySpec, account: string): Promise<PrivateKeyHandle> {
    if (!spec.startsWith('RSA_')) return await this.#engine.privateKeys.generate(spec)
    if (this.#isClosing) throw closed()
    if (this.#making < AT_ONCE) this.#making++
    else await this.#turn(account)
    try {
      return await this.#engine.privateKeys.generate(spec)
    } finally {
      this.#leave()
    }
  }

  /** Whoever waits is turned away; what is being made is made. */
  close(): void {
    this.#isClosing = true
    for (const line of this.#lines.values()) for (const { turnAway } of line) turnAway(closed())
    this.#lines.clear()
    this.#waiting = 0
  }

  #turn(account: string): Promise<void> {
    const line = this.#lines.get(account) ?? []
    if (this.#waiting >= WAITING_MAX || line.length >= WAITING_OF_ACCOUNT_MAX) {
      throw new SealtrailError('ThrottlingException', 'Rate exceeded')
    }
    this.#lines.set(account, line)
    this.#waiting++
    return new Promise((enter, turnAway) => line.push({ enter, turnAway }))
  }

  /** The place goes to the next account. */
  #leave(): void {
    const [next] = this.#lines
    if (next === undefined) {
      this.#making--
      return
    }
    const [account, line] = next
    const { enter } = line.shift()!
    this.#waiting--
    this.#lines.delete(account)
    if (line.length > 0) this.#lines.set(account, line)
    enter()
  }
}

function closed(): SealtrailError {
  return new SealtrailError('Closed', 'the service is closed')
}
