/**
 * Calls that make keys, copy them and hand them over; and random bytes.
 *
 * @module
 */
import { isSealtrailError } from '../../errors.js'
import type { KeyHandle } from '../engine.js'
import { equal, isZero } from './bytes.js'
import { COMMITMENT } from './known.js'
import { commitment, type Tests, withKey } from './with-key.js'

export const KEYS = {
  importKey(engine) {
    const bytes = Uint8Array.from(COMMITMENT.key)
    return withKey(engine, bytes, (key) => {
      bytes.fill(0)
      return equal(commitment(engine, key), COMMITMENT.answer)
    })
  },
  generateKey(engine) {
    const keys = [engine.generateKey(), engine.generateKey(), engine.importKey(new Uint8Array(32))]
    const [one, other, zero] = keys.map((key) => commitment(engine, key))
    for (const key of keys) key.release()
    return !equal(one!, other!) && !equal(one!, zero!) && !equal(other!, zero!)
  },
  cloneKey: (engine) =>
    withKey(engine, COMMITMENT.key, (key) => {
      const clones = [engine.cloneKey(key), engine.cloneKey(key)]
      clones[0]!.release()
      const isKept = equal(commitment(engine, key), COMMITMENT.answer)
      key.release()
      const isCloned = equal(commitment(engine, clones[1]!), COMMITMENT.answer)
      clones[1]!.release()
      return isKept && isCloned
    }),
  shareKey: (engine) =>
    withKey(engine, COMMITMENT.key, (key) => {
      const { ticket, end } = engine.shareKey(key)
      key.release()
      const adopted = engine.adoptKey(ticket)
      end()
      const isShared = equal(commitment(engine, adopted), COMMITMENT.answer)
      adopted.release()
      return isShared && isGone(() => engine.adoptKey(ticket))
    }),
  adoptKey: (engine) =>
    withKey(engine, COMMITMENT.key, (key) => {
      const [ended, open] = [engine.shareKey(key), engine.shareKey(key)]
      ended.end()
      const adopted = engine.adoptKey(open.ticket)
      open.end()
      const isAdopted = equal(commitment(engine, adopted), COMMITMENT.answer)
      adopted.release()
      return isAdopted && isGone(() => engine.adoptKey(ended.ticket))
    }),
  randomFill(engine) {
    const [one, other] = [new Uint8Array(64), new Uint8Array(64)]
    engine.randomFill(one)
    engine.randomFill(other)
    const parts = [one, other].flatMap((bytes) => [bytes.subarray(0, 16), bytes.subarray(48)])
    return !equal(one, other) && !parts.some(isZero)
  },
} satisfies Tests

function isGone(adopt: () => KeyHandle): boolean {
  try {
    adopt().release()
    return false
  } catch (error) {
    return isSealtrailError(error, 'KeyReleased')
  }
}
