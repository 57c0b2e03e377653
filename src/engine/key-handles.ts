/**
 * Handles on keys, behind which each engine keeps what it likes: a number, a place, an object.
 *
 * The handle tells nothing but its engine's name. What stands behind it is given back once: on release, or
 * when the handle was lost; whoever relies on that keeps a key longer than needed.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'
import type { EngineName, KeyHandle } from './engine.js'
import type { PrivateKeyHandle, PrivateKeySpec } from './private-keys.js'

export interface KeyHandles<Secret> {
  /** A handle that gives `secret` back when it is released. */
  hold(secret: Secret): KeyHandle
  /** @throws SealtrailError `KeyReleased` */
  secretOf(key: KeyHandle): Secret
}

/** Handles of one engine; no other takes them. */
export function keyHandles<Secret>(
  engine: EngineName,
  giveBack: (secret: Secret) => void,
): KeyHandles<Secret> {
  const lost = new FinalizationRegistry<Secret>(giveBack)

  class Handle implements KeyHandle {
    readonly engine = engine
    #secret: Secret | undefined

    constructor(secret: Secret) {
      this.#secret = secret
      lost.register(this, secret, this)
    }

    static secretOf(key: KeyHandle): Secret {
      invariant(#secret in key, 'a key is used by the engine that holds it')
      if (key.#secret !== undefined) return key.#secret
      throw new SealtrailError('KeyReleased', 'the key has been released')
    }

    release(): void {
      const secret = this.#secret
      if (secret === undefined) return
      this.#secret = undefined
      lost.unregister(this)
      giveBack(secret)
    }

    toString(): string {
      return `KeyHandle(${engine})`
    }

    toJSON(): string {
      return this.toString()
    }

    [Symbol.for('nodejs.util.inspect.custom')](): string {
      return this.toString()
    }
  }

  return { hold: (secret) => new Handle(secret), secretOf: Handle.secretOf }
}

/** The same handle, which tells what kind of key it is for. */
export function ofSpec(key: KeyHandle, spec: PrivateKeySpec): PrivateKeyHandle {
  return Object.defineProperty(key, 'spec', { value: spec, enumerable: true }) as PrivateKeyHandle
}
