/**
 * The store's thread: one database, one request at a time, every failure of SQLite an answer.
 *
 * A failure that is not SQLite's is our own mistake; it ends the thread, and commit-queue.ts draws the
 * consequence.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'
import { serveThread } from '../pool/thread.js'
import { Database } from './database.js'
import { databaseFault } from './database-fault.js'
import type { StoreReply, StoreRequest } from './messages.js'
import { Writer } from './transaction.js'

let database: Database | undefined
let writer: Writer | undefined

serveThread((request: StoreRequest): StoreReply => {
  try {
    return answer(request)
  } catch (error) {
    if (error instanceof SealtrailError) {
      const { code, message, detail } = error
      return { kind: 'fault', fault: { code, message, detail } }
    }
    return { kind: 'fault', fault: databaseFault(error) }
  }
})

function answer(request: StoreRequest): StoreReply {
  if (request.kind === 'open') {
    database = new Database(request.path, request.options)
    writer = new Writer(database)
    return { kind: 'done' }
  }
  invariant(database !== undefined && writer !== undefined, 'a database is opened before its use')
  if (request.kind === 'commit') return { kind: 'outcomes', outcomes: writer.write(request.batch) }
  if (request.kind === 'read') {
    return { kind: 'rows', rows: database.all(request.sql, request.parameters) }
  }
  database.close()
  database = undefined
  return { kind: 'done' }
}
