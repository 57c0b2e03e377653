/**
 * The store's thread: one database, one request at a time, every failure of SQLite an answer.
 *
 * A failure that is not SQLite's is our own mistake; it ends the thread, and commit-queue.ts draws the
 * consequence.
 *
 * @module
 */
import { invariant } from '../../invariant.js'
import { serveThread } from '../../pool/thread.js'
import { Database } from './database.js'
import type { StoreReply, StoreRequest } from './thread-talk.js'
import { Writer } from './transaction.js'

let database: Database | undefined
let writer: Writer | undefined

serveThread((request: StoreRequest): StoreReply => {
  if (request.kind === 'open') {
    database = new Database(request.path, request.options)
    writer = new Writer(database)
    return undefined
  }
  invariant(database !== undefined && writer !== undefined, 'a database is opened before its use')
  if (request.kind === 'commit') {
    return { outcomes: writer.write(request.batch), broken: writer.broken }
  }
  if (request.kind === 'read') return database.read(request.sql, request.parameters)
  database.close()
  return undefined
})
