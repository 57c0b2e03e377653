/**
 * Rows kept in memory: one rule for finding, changing and forgetting them.
 *
 *     find     from memory, or loaded by whoever holds the name
 *     change   holds the name; commits; and only then the new value takes the place of the old one
 *
 * So what is found here is never older than what was last acknowledged. Values are replaced as a whole and never
 * changed in place: who looked once goes on with what he saw. What is kept is bounded (lru.ts); names are held in
 * locks.ts, which several kinds of rows share, so that one change can hold names of more than one kind.
 *
 * @module
 */
import type { Locks } from './locks.js'
import { Lru } from './lru.js'

export interface KeptOptions<Id, Value> {
  readonly locks: Locks
  /** Unique among all that share the locks. */
  readonly nameOf: (id: Id) => string
  /** From the database. */
  readonly load: (id: Id) => Promise<Value | undefined>
  readonly entriesMax: number
  /** Told of every value that leaves, and of the one that takes its place. */
  readonly left?: (value: Value, next: Value | undefined) => void
}

/** What a change has made durable. */
export interface Changed<Value, Answer> {
  /** Undefined: it is there no more. */
  readonly next: Value | undefined
  readonly answer: Answer
}

export class Kept<Id, Value> {
  readonly #options: KeptOptions<Id, Value>
  readonly #rows: Lru<Value>

  constructor(options: KeptOptions<Id, Value>) {
    this.#options = options
    this.#rows = new Lru(options.entriesMax, options.left)
  }

  find(id: Id): Promise<Value | undefined> {
    const name = this.#options.nameOf(id)
    const kept = this.#rows.get(name)
    if (kept !== undefined) return Promise.resolve(kept)
    return this.#options.locks.run([name], () => this.held(id))
  }

  /** As {@link find}, for whoever holds the name. */
  async held(id: Id): Promise<Value | undefined> {
    const { nameOf, load } = this.#options
    const name = nameOf(id)
    const kept = this.#rows.get(name)
    if (kept !== undefined) return kept
    const loaded = await load(id)
    if (loaded !== undefined) this.#rows.set(name, loaded)
    return loaded
  }

  /**
   * Runs `work` while nobody else changes the row, nor whatever else is held under `names`. `work` commits and says
   * what is true from then on; when it fails, all stays as it was.
   */
  change<Answer>(
    id: Id,
    work: (value: Value | undefined) => Promise<Changed<Value, Answer>>,
    names: readonly string[] = [],
  ): Promise<Answer> {
    const { locks, nameOf } = this.#options
    return locks.run([nameOf(id), ...names], async () => {
      const value = await this.held(id)
      const { next, answer } = await work(value)
      if (value === undefined) this.put(id, next)
      else this.replace(id, next)
      return answer
    })
  }

  /** As {@link put}, of a row that was held before. What has left meanwhile does not come back: whoever asks next loads it. */
  replace(id: Id, next: Value | undefined): void {
    if (this.#rows.get(this.#options.nameOf(id)) !== undefined) this.put(id, next)
  }

  /** What was committed by whoever holds the name; undefined: it is there no more. */
  put(id: Id, value: Value | undefined): void {
    const name = this.#options.nameOf(id)
    if (value === undefined) this.#rows.delete(name)
    else this.#rows.set(name, value)
  }

  /** All values leave. */
  clear(): void {
    this.#rows.clear()
  }
}
