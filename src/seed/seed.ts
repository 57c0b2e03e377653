/**
 * A seed file applied: what it says is there afterwards, or nothing has changed.
 *
 *     read, checked → held against what is there → done on a copy → one commit
 *
 * Things that are there and equal stay as they are, so that the same seed can be given to every start. One that differs
 * is refused, with every difference. What is made leaves the records of its operations.
 *
 * @module
 */
import { isSealtrailError, isTold } from '../errors.js'
import { Draft, type SeedParts } from './draft.js'
import { planKey } from './keys.js'
import { Plan } from './plan.js'
import { planAccount } from './principals.js'
import type { Seed } from './schema.js'
import { readSeedFile, unusableSeed } from './seed-file.js'

/** One commit holds no more. */
const STEPS_MAX = 10_000

/**
 * Before anybody else uses the store.
 * @throws SealtrailError `ConfigInvalid` naming the place that cannot be, `SeedDiffers`
 */
export async function applySeed(parts: SeedParts, path: string): Promise<void> {
  const seed = await readSeedFile(path)
  const draft = await Draft.open(parts)
  try {
    const plan = await planOf(draft, seed, path)
    plan.differences.refuse(path)
    if (plan.steps.length > STEPS_MAX) {
      throw unusableSeed(path, `makes more than the ${STEPS_MAX} things that are made at once`)
    }
    for (const { place, run } of plan.steps) {
      await run(draft).catch((error: unknown) => {
        if (!isSealtrailError(error) || !isTold(error)) throw error
        throw unusableSeed(path, `is no seed: ${place}: ${error.message} (${error.code})`, error)
      })
    }
    await draft.commit().catch((error: unknown) => {
      if (!isSealtrailError(error, 'InputTooLarge')) throw error
      throw unusableSeed(path, 'makes more than is made at once: give it in parts', error)
    })
  } finally {
    await draft.close()
  }
}

async function planOf(
  draft: Draft,
  { accounts = [], keys = [] }: Seed,
  path: string,
): Promise<Plan> {
  const plan = new Plan(draft)
  try {
    for (const [index, account] of accounts.entries()) {
      planAccount(plan, account, `accounts[${index}]`)
    }
  } catch (error) {
    if (!isSealtrailError(error, 'ConfigInvalid')) throw error
    throw unusableSeed(path, `is no seed: ${error.message}`)
  }
  for (const [index, key] of keys.entries()) await planKey(plan, key, `keys[${index}]`)
  return plan
}
