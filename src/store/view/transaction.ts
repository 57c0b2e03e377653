/**
 * Many groups of writes, one transaction, one sync.
 *
 *     begin | group | savepoint, group of several writes, release | … | commit
 *
 * A group whose row is refused is undone alone; its neighbours stay. When SQLite gives up the whole
 * transaction, which it does when there is no room, the groups are tried again one by one, so that those
 * that still fit are kept. When COMMIT fails otherwise, nobody knows what the disk holds: no group is
 * acknowledged and nothing is written any more until the database is opened anew (a sync that failed
 * once may succeed the second time although the bytes are gone).
 *
 * @module
 */

import type { Fault } from '../../errors.js'
import { databaseFault, isFull } from './database-fault.js'
import { STATEMENTS } from './statements.js'
import type { Batch, Outcome, SqlValue, Write } from './thread-talk.js'

/** As much of database.ts as writing takes; a test puts a failing one in its place. */
export interface Writable {
  /** False also after SQLite has rolled back by itself. */
  readonly inTransaction: boolean
  run(sql: string, parameters: readonly SqlValue[]): void
}

/** The transaction was undone as a whole, by SQLite or by us, and is not on the disk. */
interface Lost {
  readonly lost: Fault
}

export class Writer {
  readonly #database: Writable
  #broken: Fault | undefined

  constructor(database: Writable) {
    this.#database = database
  }

  /** Why nothing is written any more. */
  get broken(): Fault | undefined {
    return this.#broken
  }

  /** An outcome for each group, in order. Those without a fault are durable. */
  write(groups: Batch): Outcome[] {
    const together = this.#transaction(groups)
    if (Array.isArray(together)) return together
    if (groups.length === 1) return [together.lost]
    return groups.map((group) => {
      const alone = this.#transaction([group])
      return Array.isArray(alone) ? alone[0] : alone.lost
    })
  }

  #transaction(groups: Batch): Outcome[] | Lost {
    if (this.#broken !== undefined) return groups.map(() => this.#broken)
    const outcomes: Outcome[] = []
    try {
      this.#command('begin immediate')
      for (const group of groups) {
        const outcome = this.#group(group)
        if (!this.#database.inTransaction) return { lost: outcome! }
        outcomes.push(outcome)
      }
    } catch (error) {
      // BEGIN or one of our own savepoints failed: no COMMIT was tried.
      this.#undo()
      return { lost: databaseFault(error) }
    }
    try {
      this.#command('commit')
      return outcomes
    } catch (error) {
      const fault = databaseFault(error)
      this.#undo()
      if (isFull(error)) return { lost: fault }
      this.#broken = {
        code: 'StoreFailed',
        message: `nothing more is written since a commit failed (${fault.message}); open the store again`,
        detail: fault.detail,
      }
      return groups.map(() => fault)
    }
  }

  #group(group: readonly Write[]): Outcome {
    // A single statement is all or nothing by itself.
    if (group.length === 1) return this.#writes(group)
    this.#command('savepoint one_group')
    const outcome = this.#writes(group)
    if (!this.#database.inTransaction) return outcome
    if (outcome !== undefined) this.#command('rollback to one_group')
    this.#command('release one_group')
    return outcome
  }

  #writes(group: readonly Write[]): Outcome {
    try {
      for (const [statement, ...parameters] of group) {
        this.#database.run(STATEMENTS[statement]!, parameters)
      }
      return undefined
    } catch (error) {
      return databaseFault(error)
    }
  }

  #undo(): void {
    if (this.#database.inTransaction) this.#command('rollback')
  }

  #command(sql: string): void {
    this.#database.run(sql, [])
  }
}
