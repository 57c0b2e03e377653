/**
 * The store's thread: what is asked of the keeper, in order.
 *
 * A failure that is nobody's but ours ends the thread, and commit-queue.ts draws the consequence.
 *
 * @module
 */
import { invariant } from '../../invariant.js'
import { serveThread } from '../../pool/thread.js'
import { Keeper } from './keeper.js'
import type { StoreReply, StoreRequest } from './thread-talk.js'

let keeper: Keeper | undefined

serveThread((request: StoreRequest): StoreReply => {
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
      return opened().commit(request.batch)
  }
})

function opened(): Keeper {
  invariant(keeper !== undefined, 'a store is opened before its use')
  return keeper
}
