/**
 * Chance that can be had again: from TEST_SEED, or from a seed that is drawn and told when a test fails.
 *
 * How far another process has come at that moment is chance still.
 */
import { randomInt } from 'node:crypto'
import { afterEach } from 'vitest'

/** Call once per file: numbers from 0 on, below 1. */
export function seededChance(): () => number {
  const seed = Number(process.env.TEST_SEED ?? randomInt(2 ** 31))
  afterEach(({ task }) => {
    if (task.result?.state === 'fail')
      console.error(`${task.name}: TEST_SEED=${seed} draws this again`)
  })
  return chanceOf(seed)
}

/** Mulberry32 by Tommy Ettinger: enough to choose moments by. */
function chanceOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
