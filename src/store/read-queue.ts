/**
 * Queries on their way to the store's thread.
 *
 * Those of one turn of the event loop go together and come back together: to hand something over to a thread costs more
 * than to find a row. Each has an outcome of its own.
 *
 * @module
 */
import { errorOf } from '../errors.js'
import type { Found, Query } from './thread/thread-talk.js'
import type { SqlRow } from './view/database.js'

interface Waiting {
  readonly resolve: (rows: SqlRow[]) => void
  readonly reject: (error: unknown) => void
}

/** Whoever comes first does not wait for the rows of thousands. */
const QUERIES_AT_ONCE = 64

export class ReadQueue {
  readonly #send: (queries: readonly Query[]) => Promise<readonly Found[]>
  #queries: Query[] = []
  #waiting: Waiting[] = []

  constructor(send: (queries: readonly Query[]) => Promise<readonly Found[]>) {
    this.#send = send
  }

  /** @throws SealtrailError what became of the query, or of all of its turn. */
  add(query: Query): Promise<SqlRow[]> {
    return new Promise((resolve, reject) => {
      this.#queries.push(query)
      const waiting = this.#waiting.push({ resolve, reject })
      if (waiting === 1) setImmediate(() => this.#flush())
      if (waiting === QUERIES_AT_ONCE) this.#flush()
    })
  }

  #flush(): void {
    if (this.#waiting.length === 0) return
    const [queries, waiting] = [this.#queries, this.#waiting]
    this.#queries = []
    this.#waiting = []
    this.#send(queries).then(
      (found) => {
        for (const [i, { resolve, reject }] of waiting.entries()) {
          const { rows, fault } = found[i]!
          if (fault === undefined) resolve(rows)
          else reject(errorOf(fault))
        }
      },
      (cause: unknown) => {
        for (const { reject } of waiting) reject(cause)
      },
    )
  }
}
