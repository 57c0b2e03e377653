/**
 * What the addon's answers mean: below zero is a refusal, and most of them are our own mistakes.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { ARENA_FULL, KEY_UNFIT, NOT_LOCKED, RELEASED } from './addon.js'

/** The answer itself, unless it is a refusal. */
export function check(answer: number): number {
  if (answer < 0) refuse(answer)
  return answer
}

export function unavailable(sentence: string): SealtrailError {
  return new SealtrailError('EngineUnavailable', sentence, { engine: 'native' })
}

function refuse(answer: number): never {
  if (answer === RELEASED) throw new SealtrailError('KeyReleased', 'the key has been released')
  if (answer === ARENA_FULL) throw unavailable('the native engine has no room for another key')
  if (answer === NOT_LOCKED) throw unavailable('no more memory can be locked for keys')
  if (answer === KEY_UNFIT) throw unavailable('the private key does not sign: no primes made it')
  invariant(false, `the native engine is given what it takes (it refuses with ${answer})`)
}
