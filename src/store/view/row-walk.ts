/**
 * A walk over all rows of the large tables, in slices, while rows go on to change: at its end it has the sum of what is
 * there.
 *
 * A row that changes behind the walk changes its sum; one before it will be met as it is then.
 *
 * @module
 */
import { invariant } from '../../invariant.js'
import type { Database, SqlValue } from './database.js'
import { RowSum, termOf } from './row-sum.js'
import { LARGE_TABLES, type LargeTable } from './schema.js'
import { type RowStatements, rowStatements } from './statements.js'

export const ROW_STATEMENTS = new Map<LargeTable, RowStatements>(
  LARGE_TABLES.map((table) => [table, rowStatements(table)]),
)

export class RowWalk {
  #sum = RowSum.zero()
  /** Which of the tables. */
  #at = 0
  /** Of the last row that was met in it. */
  #last: readonly SqlValue[] | undefined

  get isDone(): boolean {
    return this.#at === LARGE_TABLES.length
  }

  /** Of the rows behind it. */
  get sum(): RowSum {
    return this.#sum
  }

  /** As it is when changes that it was told of do not count. */
  set sum(sum: RowSum) {
    this.#sum = sum
  }

  /** Meets the next rows, at most `rows`. Throws what SQLite throws. */
  step(database: Database, rows: number): void {
    const table = LARGE_TABLES[this.#at]
    invariant(table !== undefined, 'a walk that is done goes no further')
    const { first, next, key } = ROW_STATEMENTS.get(table)!
    const last = this.#last
    const met =
      last === undefined
        ? database.readLists(first, [rows])
        : database.readLists(next, [...last, rows])
    for (const values of met) this.#sum.add(termOf(table, values))
    // The columns of a key are a table's first.
    this.#last = met.at(-1)?.slice(0, key.length) ?? last
    if (met.length === rows) return
    this.#at++
    this.#last = undefined
  }

  /** True when the row with `key` is behind the walk: what becomes of it counts in the sum. */
  hasPassed(table: LargeTable, key: readonly SqlValue[]): boolean {
    const at = LARGE_TABLES.indexOf(table)
    if (at !== this.#at) return at < this.#at
    return this.#last !== undefined && compareKeys(key, this.#last) <= 0
  }
}

/** As SQLite orders them: numbers as such, text by its UTF-8. */
function compareKeys(a: readonly SqlValue[], b: readonly SqlValue[]): number {
  for (const [i, one] of a.entries()) {
    const other = b[i]!
    const order =
      typeof one === 'number' && typeof other === 'number'
        ? one - other
        : Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)))
    if (order !== 0) return order
  }
  return 0
}
