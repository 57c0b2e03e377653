/**
 * One thing that must hold of all answers, and how often it did not; and which answers are looked at.
 *
 * @module
 */
import { excerpt } from '../../excerpt.js'
import type { Check } from '../report/run.js'

const EXAMPLES_MAX = 5

export class Checking {
  readonly name: string
  #count = 0
  #failed = 0
  readonly #examples: string[] = []

  constructor(name: string) {
    this.name = name
  }

  /** @param example what it was about; asked only of the first that fail */
  note(holds: boolean, example: () => string): void {
    this.#count++
    if (holds) return
    this.#failed++
    if (this.#examples.length < EXAMPLES_MAX) this.#examples.push(excerpt(example()))
  }

  /** Of many at once. */
  noteAll(count: number, failed: number, example: () => string): void {
    this.#count += count
    this.#failed += failed
    if (failed > 0) this.#examples.push(example())
  }

  result(): Check {
    return { name: this.name, count: this.#count, failed: this.#failed, examples: this.#examples }
  }
}

/** Those of one name as one. */
export function mergedChecks(checks: readonly Check[]): Check[] {
  const byName = new Map<string, Check>()
  for (const check of checks) {
    const { name, count, failed, examples } = check
    const known = byName.get(name)
    const together = {
      name,
      count: count + (known?.count ?? 0),
      failed: failed + (known?.failed ?? 0),
      examples: [...(known?.examples ?? []), ...examples].slice(0, EXAMPLES_MAX),
    }
    byName.set(name, together)
  }
  return [...byName.values()]
}

/** Every which one of many is looked at, so that `share` of them are; none of a share of nothing. */
export class Sampler {
  readonly #every: number
  #number = 0

  constructor(share: number) {
    this.#every = share <= 0 ? 0 : Math.max(1, Math.round(1 / share))
  }

  get isAll(): boolean {
    return this.#every === 1
  }

  takes(): boolean {
    return this.#every !== 0 && this.#number++ % this.#every === 0
  }
}
