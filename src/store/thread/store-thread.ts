/**
 * The store's thread: what is asked of the keeper, in order.
 *
 * Between what is asked, rows that nobody has looked at since the start are looked at, a few at a time. A failure that is nobody's but ours ends the thread, and commit-queue.ts draws the consequence.
 *
 * @module
 */
import { faultOf, isSealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { serveThread } from '../../pool/thread.js'
import { Keeper } from './keeper.js'
import type { Found, Query, StoreReply, StoreRequest } from './thread-talk.js'

/** From a few rows that were looked at to the next: most of the time is for who asks. */
const PAUSE_MS = 5

let keeper: Keeper | undefined
let looking: NodeJS.Timeout | undefined

serveThread((request: StoreRequest): StoreReply => {
  switch (request.kind) {
    case 'open':
      keeper = Keeper.open(request.dataDir, request.options)
      lookOn()
      return undefined
    case 'seal':
      opened().seal(request.key)
      lookOn()
      return undefined
    case 'read':
      return request.queries.map(find)
    case 'records':
      return opened().records(request.query)
    case 'leaves':
      return opened().leaves(request.after)
    case 'release':
      return opened().release(request.upTo)
    case 'shred':
      return opened().shred(request.id)
    case 'tend':
      return opened().tend()
    case 'syncs':
      return opened().syncs()
    case 'close':
      clearTimeout(looking)
      return opened().close()
    case 'commit':
      return opened().commit(request.batch)
  }
})

function find({ sql, parameters }: Query): Found {
  try {
    return { rows: opened().read(sql, parameters) }
  } catch (error) {
    if (!isSealtrailError(error)) throw error
    return { fault: faultOf(error) }
  }
}

function lookOn(): void {
  clearTimeout(looking)
  if (opened().look()) looking = setTimeout(lookOn, PAUSE_MS)
}

function opened(): Keeper {
  invariant(keeper !== undefined, 'a store is opened before its use')
  return keeper
}
