/**
 * Every trail, in memory: there are a few in an account. What is found is what was last acknowledged.
 *
 * A trail is changed by whoever holds it: operations, and deliveries, which hold it only while they commit.
 *
 * @module
 */
import { invariant } from '../../invariant.js'
import type { Root } from '../../root/root.js'
import type { Change } from '../../store/change.js'
import { Locks } from '../../store/keep/locks.js'
import type { Store } from '../../store/store.js'
import type { TrailRef } from './name.js'
import { dropTrail, putTrail, readTrails } from './rows.js'
import { type Trail, trailArn } from './trail.js'

export class Trails {
  readonly #root: Root
  readonly #locks = new Locks()
  readonly #trails = new Map<string, Trail>()
  #version = 0

  private constructor(root: Root) {
    this.#root = root
  }

  /** @throws SealtrailError `StoreDamaged` */
  static async open(store: Store, root: Root): Promise<Trails> {
    const trails = new Trails(root)
    for (const trail of await readTrails(store, root)) trails.#trails.set(trail.id, trail)
    return trails
  }

  /** Another number after each change. */
  get version(): number {
    return this.#version
  }

  /** Also those that are deleted, and have something to deliver. */
  all(): Trail[] {
    return [...this.#trails.values()]
  }

  get(id: string): Trail | undefined {
    return this.#trails.get(id)
  }

  find(ref: TrailRef): Trail | undefined {
    const arn = trailArn(ref)
    return this.of(ref.account).find((trail) => trailArn(trail) === arn)
  }

  /** Those of an account, in the order of their names. */
  of(account: string): Trail[] {
    return this.all()
      .filter((trail) => trail.account === account && trail.state.deletedAt === undefined)
      .sort((a, b) =>
        a.name === b.name ? (a.region < b.region ? -1 : 1) : a.name < b.name ? -1 : 1,
      )
  }

  /** Holds the trails of an account while `work` looks whether one is to be made, and commits it. */
  hold<Answer>(account: string, work: () => Promise<Answer>): Promise<Answer> {
    return this.#locks.run([`account ${account}`], work)
  }

  /**
   * Holds the trail while `work` says what it is from then on, and `commit` makes that durable. Undefined when it is
   * there no more.
   */
  async change<Answer>(
    id: string,
    work: (trail: Trail, commit: Commit) => Promise<Answer>,
  ): Promise<Answer | undefined> {
    return await this.#locks.run([id], async () => {
      const trail = this.#trails.get(id)
      if (trail === undefined) return undefined
      return await work(trail, (next, write) => this.commit(next, write))
    })
  }

  /** Of a trail that is new, or held. `write` commits the change, and whatever belongs to it. */
  async commit(next: Trail, write: (change: Change) => Promise<void>): Promise<void> {
    const isOver = next.state.deletedAt !== undefined && next.state.ranges.length === 0
    invariant(!isOver || Object.keys(next.state.chains).length === 0, 'its digests are written')
    await write(isOver ? dropTrail(next) : putTrail(this.#root, next))
    if (isOver) this.#trails.delete(next.id)
    else this.#trails.set(next.id, next)
    this.#version++
  }
}

export type Commit = (next: Trail, write: (change: Change) => Promise<void>) => Promise<void>
