/**
 * What every operation of S3 works with.
 *
 * @module
 */
import type { Engines } from '../engine/choose.js'
import type { Directory } from '../policy/grammar/identified.js'
import type { Pool } from '../pool/pool.js'
import type { Root } from '../root/root.js'
import type { CallParts } from '../service/calls/call.js'
import type { SeenTime } from '../service/seen-time.js'
import type { Blobs } from '../store/blobs/blobs.js'
import type { Locks } from '../store/keep/locks.js'
import type { Buckets } from './buckets/buckets.js'
import type { ObjectKeys } from './encryption/object-keys.js'
import type { SseCSetting } from './encryption/wanted.js'
import type { BeingRead } from './objects/being-read.js'

export interface S3Parts extends CallParts {
  readonly root: Root
  readonly engines: Engines
  readonly pool: Pool
  readonly buckets: Buckets
  /** Of objects, by bucket and key. */
  readonly locks: Locks
  readonly blobs: Blobs
  readonly keys: ObjectKeys
  readonly beingRead: BeingRead
  /** What rules wait for. */
  readonly seenTime: SeenTime
  /** Whether buckets that say nothing of it take SSE-C. */
  readonly sseC: SseCSetting
  /** Whom bucket policies may name, and who that is. */
  readonly principals: Directory
}
