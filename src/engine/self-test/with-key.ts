/**
 * Keys of a test: released whatever it says.
 *
 * @module
 */
import type { Engine, KeyHandle } from '../engine.js'
import { COMMITMENT } from './known.js'

/** Whether an engine answers as it must. */
export type Tests = Readonly<Record<string, (engine: Engine) => boolean>>

export function withKey(
  engine: Engine,
  bytes: Uint8Array,
  passes: (key: KeyHandle) => boolean,
): boolean {
  const key = engine.importKey(bytes)
  try {
    return passes(key)
  } finally {
    key.release()
  }
}

export function commitment(engine: Engine, key: KeyHandle): Uint8Array {
  return engine.xaesCommitment(key, COMMITMENT.nonce)
}
