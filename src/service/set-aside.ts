/**
 * What is due and cannot be done, as what is stored of it is damaged: set aside, so that it is in nobody's way, and tried
 * again later.
 *
 * What fails otherwise fails whoever waits for it, and stays due: a disk that is full must not keep what should be gone.
 *
 * @module
 */
import { isSealtrailError } from '../errors.js'

const AGAIN_MS = 60 * 60 * 1000

export class SetAside {
  /** When each has another turn, by name. */
  readonly #turns = new Map<string, number>()

  get count(): number {
    return this.#turns.size
  }

  /**
   * Runs `work`, unless `name` is set aside still; `work` tells whether it is done.
   * @returns when it has another turn; undefined: it is done.
   */
  async try(name: string, now: number, work: () => Promise<boolean>): Promise<number | undefined> {
    const turn = this.#turns.get(name) ?? now
    if (turn > now) return turn
    if (await orDamaged(work)) {
      this.#turns.delete(name)
      return undefined
    }
    this.#turns.set(name, now + AGAIN_MS)
    return now + AGAIN_MS
  }
}

/** False when what is stored is not as it was put there. */
async function orDamaged(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work()
  } catch (error) {
    if (isSealtrailError(error, 'StoreDamaged') || isSealtrailError(error, 'RootKeyUnusable')) {
      return false
    }
    throw error
  }
}
