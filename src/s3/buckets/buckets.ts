/**
 * Every bucket by its name, which no two have, whoever owns them.
 *
 * @module
 */
import type { Root } from '../../root/root.js'
import { type Changed, Kept } from '../../store/keep/kept.js'
import { Locks } from '../../store/keep/locks.js'
import type { Store } from '../../store/store.js'
import type { Bucket } from './bucket.js'
import { readBucket } from './rows.js'
import { BucketWrites } from './writes.js'

const BUCKETS_MAX = 4096

export class Buckets {
  /** Who writes into them. */
  readonly writes = new BucketWrites()
  readonly #kept: Kept<string, Bucket>

  constructor(store: Store, root: Root) {
    this.#kept = new Kept({
      locks: new Locks(),
      nameOf: (name) => name,
      load: (name) => readBucket(store, root, name),
      entriesMax: BUCKETS_MAX,
    })
  }

  find(name: string): Promise<Bucket | undefined> {
    return this.#kept.find(name)
  }

  /** As store/keep/kept.ts has it: `work` commits, and says what the bucket is from then on. */
  change<Answer>(
    name: string,
    work: (bucket: Bucket | undefined) => Promise<Changed<Bucket, Answer>>,
  ): Promise<Answer> {
    return this.#kept.change(name, work)
  }
}
