/**
 * Fresh keys that are not symmetric: so many made at once, and whoever comes later waits.
 *
 * An RSA key takes seconds on a thread of Node's, which also reads files and compresses; most of these threads are left to
 * others. Nobody holds anything meanwhile that a third party waits for.
 *
 * @module
 */
import type { Engine } from '../../engine/engine.js'
import type { PrivateKeyHandle, PrivateKeySpec } from '../../engine/private-keys.js'
import { Line } from '../../pool/line.js'

/** Node has four threads. */
const AT_ONCE = 2

export class FreshKeys {
  readonly #engine: Engine
  readonly #line = new Line(AT_ONCE, 0)

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Whoever asked releases it. */
  make(spec: PrivateKeySpec): Promise<PrivateKeyHandle> {
    return this.#line.pass(0, () => this.#engine.privateKeys.generate(spec))
  }
}
