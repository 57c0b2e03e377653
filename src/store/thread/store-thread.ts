/**
 * The store's thread: what is asked of the keeper, in order; commits that lie together share a sync.
 *
 * A failure that is nobody's but ours ends the thread, and commit-queue.ts draws the consequence.
 *
 * @module
 */
import { invariant } from '../../invariant.js'
import { serveThread } from '../../pool/thread.js'
import { Keeper } from './keeper.js'
import type { Batch, StoreReply, StoreRequest } from './thread-talk.js'

let keeper: Keeper | undefined

serveThread<StoreRequest, StoreReply>(answer, {
  isOne: ({ kind }) => kind === 'commit',
  answer: (requests) => opened().commit(requests.map((request) => batchOf(request))),
})

function answer(request: StoreRequest): StoreReply {
  switch (request.kind) {
    case 'open':
      keeper = Keeper.open(request.dataDir, request.options)
      return undefined
    case 'seal':
      return opened().seal(request.key)
    case 'read':
      return opened().read(request.sql, request.parameters)
    case 'records':
      return opened().records(request.query)
    case 'shred':
      return opened().shred(request.id)
    case 'tend':
      return opened().tend()
    case 'close':
      return opened().close()
    case 'commit':
      return opened().commit([request.batch])[0]
  }
}

function opened(): Keeper {
  invariant(keeper !== undefined, 'a store is opened before its use')
  return keeper
}

function batchOf(request: StoreRequest): Batch {
  invariant(request.kind === 'commit', 'commits go together')
  return request.batch
}
