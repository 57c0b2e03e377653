/**
 * The users of an account, or its roles, groups or managed policies: by name and by id.
 *
 * A name is taken whatever its case, and found as it was given. Source: IAM user guide, "IAM and AWS STS quotas".
 *
 * @module
 */
import type { Named } from './things.js'

export class Names<T extends Named> {
  readonly #byId = new Map<string, T>()
  readonly #ids = new Map<string, string>()

  get size(): number {
    return this.#byId.size
  }

  byId(id: string): T | undefined {
    return this.#byId.get(id)
  }

  find(name: string): T | undefined {
    const thing = this.holder(name)
    return thing?.name === name ? thing : undefined
  }

  /** Who has the name, in any case. */
  holder(name: string): T | undefined {
    const id = this.#ids.get(name.toLowerCase())
    return id === undefined ? undefined : this.#byId.get(id)
  }

  /** In the place of what has its id. */
  put(thing: T): void {
    this.drop(thing.id)
    this.#byId.set(thing.id, thing)
    this.#ids.set(thing.name.toLowerCase(), thing.id)
  }

  drop(id: string): void {
    const before = this.#byId.get(id)
    if (before === undefined) return
    this.#byId.delete(id)
    this.#ids.delete(before.name.toLowerCase())
  }

  all(): IterableIterator<T> {
    return this.#byId.values()
  }

  /** By name, those below `path`. */
  below(path = '/'): T[] {
    const found = [...this.#byId.values()].filter((thing) => thing.path.startsWith(path))
    return found.sort((a, b) => (a.name < b.name ? -1 : 1))
  }
}
