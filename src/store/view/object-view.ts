/**
 * The large tables: rows of objects, their uploads and parts, of which there may be millions.
 *
 *     <dataDir>/objects.sqlite      witness: | sequence | chain | sum | seal |
 *
 * They cannot be copied and hashed as a whole time and again, as the view is. So this database is taken as SQLite leaves
 * it, is told what the journal has from its own sequence on, and carries a witness that is written in each of its
 * transactions: how far it was told, the journal's chain there, and the sum of all rows (row-sum.ts), under a seal by the
 * root. An older state of the whole file is therefore a sound one, which is told more; rows that are another state's are
 * found by a walk over all of them (row-walk.ts): at once where they are few, bit by bit behind the start where they
 * are many. Until then a row stands under its own MAC only. Source: docs/FORMAT.md §6.1.
 *
 * @module
 */
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { type Fault, SealtrailError } from '../../errors.js'
import type { Change } from '../change.js'
import { sizeAt } from '../files/held-file.js'
import { CHAIN_BYTES, CHAIN_START, isZero, writeU64 } from '../journal/block.js'
import { Database, type SqlRow, type SqlValue } from './database.js'
import { databaseFault, isCorrupt } from './database-fault.js'
import { RowSum, SUM_BYTES, termOf } from './row-sum.js'
import { ROW_STATEMENTS, RowWalk } from './row-walk.js'
import { type LargeTable, OBJECT_TABLES } from './schema.js'
import { keyOf, writeOf } from './statements.js'

/** A file of at most so many bytes is looked at as a whole before anything of it is served. */
const SMALL_BYTES = 16 * 1024 * 1024
const ROWS_AT_ONCE = 1000
const SEAL_BYTES = 32
/** Source: docs/FORMAT.md §5. */
const SEQUENCE_MAX = 2 ** 48
const UNSEALED = Buffer.alloc(SEAL_BYTES)

/** What a walk over them finds. */
export const WRONG_ROWS = 'its rows are not those that were written'

/** How far it was told, and what it was then. */
export interface Witness {
  readonly sequence: number
  /** The journal's, behind that sequence. */
  readonly chain: Buffer
  readonly sum: Buffer
  /** Zeros: nobody sealed it. */
  readonly seal: Buffer
}

export class ObjectView {
  readonly #database: Database
  readonly path: string
  /** As it is on the disk. */
  #witness: Witness
  #key: KeyObject | undefined
  #sum: RowSum
  /** Of what is settled. */
  #settled: RowSum
  #walk: RowWalk | undefined
  #isTold = false

  private constructor(path: string, database: Database, witness: Witness) {
    this.path = path
    this.#database = database
    this.#witness = witness
    this.#sum = RowSum.from(witness.sum)
    this.#settled = this.#sum.copy()
  }

  /** A new one, where no file is. */
  static make(path: string): ObjectView {
    const database = new Database(path, OBJECT_TABLES)
    const sum = RowSum.zero().bytes()
    const witness = { sequence: 0, chain: CHAIN_START, sum, seal: UNSEALED }
    writeWitness(database, witness)
    return new ObjectView(path, database, witness)
  }

  /**
   * What is there, or why it is not believed, in words.
   * @throws SealtrailError `StoreFailed` when it cannot be read for another reason than what is in it.
   */
  static find(path: string): ObjectView | string {
    if (sizeAt(path) === undefined) return 'the file is missing'
    let database: Database
    try {
      database = new Database(path, OBJECT_TABLES)
    } catch (error) {
      const { cause = error, message } = error as SealtrailError
      if (error instanceof SealtrailError && (cause === error || isCorrupt(cause))) return message
      throw error
    }
    const found = asFound(() => {
      const witness = readWitness(database)
      if (witness === undefined) return 'it has no witness, or was given up'
      const view = new ObjectView(path, database, witness)
      const bytes = (sizeAt(path) ?? 0) + (sizeAt(`${path}-wal`) ?? 0)
      if (bytes <= SMALL_BYTES) return view.wrong() ?? view
      view.#walk = new RowWalk()
      return view
    })
    if (typeof found === 'string') closeQuietly(database)
    return found
  }

  get witness(): Witness {
    return this.#witness
  }

  /**
   * Seals with `key` from now on. False when what was found is not sealed by it, and is more than nothing.
   */
  sealWith(key: KeyObject): boolean {
    const { sequence, seal } = this.#witness
    if (sequence > 0 && !timingSafeEqual(seal, sealOf(this.#witness, key))) return false
    this.#key = key
    return true
  }

  read(sql: string, parameters: readonly SqlValue[]): SqlRow[] {
    return this.#database.read(sql, parameters)
  }

  /** As {@link View.tell} does; begins when nothing was told since it was settled. Facts of large tables only. */
  tell(changes: readonly Change[]): Fault | undefined {
    this.#begin()
    // A statement is undone as a whole without a savepoint, for which SQLite would copy each page first.
    const isOne = changes.length === 1
    const before = isOne ? undefined : this.#save()
    try {
      for (const change of changes) this.#change(change)
      if (before !== undefined) this.#database.run('release one_commit', [])
      return undefined
    } catch (error) {
      if (!this.#database.inTransaction) throw error
      const fault = databaseFault(error)
      before?.()
      return fault
    }
  }

  /** What was told counts, up to `sequence`, where the journal's chain is `chain`. */
  settle(sequence: number, chain: Buffer): void {
    if (!this.#isTold) return
    const bare = { sequence, chain, sum: this.#sum.bytes(), seal: UNSEALED }
    const witness = this.#key === undefined ? bare : { ...bare, seal: sealOf(bare, this.#key) }
    writeWitness(this.#database, witness)
    this.#database.run('commit', [])
    this.#witness = witness
    this.#settled = this.#sum.copy()
    this.#isTold = false
  }

  /** Nothing in the journal up to `sequence` is for it that it has not been told. */
  reach(sequence: number, chain: Buffer): void {
    if (!this.#isTold && sequence === this.#witness.sequence) return
    this.#begin()
    this.settle(sequence, chain)
  }

  undo(): void {
    if (this.#database.inTransaction) this.#database.run('rollback', [])
    if (!this.#isTold) return
    this.#isTold = false
    this.#sum = this.#settled.copy()
    // Where it stood is not known for what no longer counts.
    if (this.#walk !== undefined) this.#walk = new RowWalk()
  }

  /** After this, a power cut leaves it told of no less than its witness says now. */
  checkpoint(): number {
    const { sequence } = this.#witness
    this.#database.checkpoint()
    return sequence
  }

  /** Rows are left that nobody has looked at since the start. */
  get isDoubted(): boolean {
    return this.#walk !== undefined
  }

  /** Looks at some more rows. False when those that are there are not those that were written. */
  look(rows: number): boolean {
    const walk = this.#walk
    if (walk === undefined) return true
    if (asFound(() => walk.step(this.#database, rows)) !== undefined) return false
    if (!walk.isDone) return true
    this.#walk = undefined
    return walk.sum.equals(this.#sum)
  }

  /** What is wrong with all that is there, in words, found in one go; undefined: nothing. */
  wrong(): string | undefined {
    return asFound(() => {
      const walk = new RowWalk()
      while (!walk.isDone) walk.step(this.#database, ROWS_AT_ONCE)
      if (!walk.sum.equals(this.#sum)) return WRONG_ROWS
      const [first] = this.#database.readLists('pragma integrity_check(1)', [])
      return first?.[0] === 'ok' ? undefined : `SQLite finds in it: ${first?.[0]}`
    })
  }

  /** The next start does not believe it. */
  giveUp(): void {
    this.undo()
    this.#database.run('delete from witness', [])
    this.#database.checkpoint()
  }

  close(): void {
    this.undo()
    this.#database.close()
  }

  #begin(): void {
    if (this.#isTold) return
    this.#database.run('begin immediate', [])
    this.#isTold = true
  }

  /** Gives what takes it all back. */
  #save(): () => void {
    const database = this.#database
    const [sum, walked] = [this.#sum.copy(), this.#walk?.sum.copy()]
    database.run('savepoint one_commit', [])
    return () => {
      database.run('rollback to one_commit', [])
      database.run('release one_commit', [])
      this.#sum = sum
      if (walked !== undefined) this.#walk!.sum = walked
    }
  }

  #change(change: Change): void {
    const table = ('put' in change ? change.put : change.drop) as LargeTable
    const { insert, one } = ROW_STATEMENTS.get(table)!
    const key = keyOf(change)
    const { sql, parameters } = writeOf(change)
    const sums = this.#walk?.hasPassed(table, key) ? [this.#sum, this.#walk.sum] : [this.#sum]
    // Most rows are new, and are not looked for first.
    const isNew = 'put' in change && this.#database.run(insert, parameters) === 1
    const [before] = isNew ? [] : this.#database.readLists(one, key)
    if (!isNew) this.#database.run(sql, parameters)
    if (before !== undefined) {
      const term = termOf(table, before)
      for (const sum of sums) sum.subtract(term)
    }
    if ('put' in change) {
      const term = termOf(table, parameters)
      for (const sum of sums) sum.add(term)
    }
  }
}

/** What `work` gives, or what SQLite finds wrong with the file meanwhile. */
function asFound<Found>(work: () => Found): Found | string {
  try {
    return work()
  } catch (error) {
    if (!isCorrupt(error)) throw error
    return `it cannot be read: ${(error as Error).message}`
  }
}

function closeQuietly(database: Database): void {
  try {
    database.close()
  } catch {
    // It is damaged, and will be made again.
  }
}

function readWitness(database: Database): Witness | undefined {
  const [row] = database.readLists('select sequence, chain, sum, seal from witness', [])
  if (row === undefined) return undefined
  // Of a page that is damaged, anything may come.
  const [sequence, ...others] = row
  const [chain, sum, seal] = others.map((value) =>
    value instanceof Uint8Array ? Buffer.from(value) : undefined,
  )
  if (typeof sequence !== 'number' || !(sequence >= 0 && sequence < SEQUENCE_MAX)) return undefined
  if (chain?.length !== CHAIN_BYTES || seal?.length !== SEAL_BYTES) return undefined
  if (sum?.length !== SUM_BYTES) return undefined
  // What was told nothing needs no seal.
  return sequence === 0 && !isZero(sum) ? undefined : { sequence, chain, sum, seal }
}

function writeWitness(database: Database, { sequence, chain, sum, seal }: Witness): void {
  const sql =
    'insert or replace into witness (one, sequence, chain, sum, seal) values (1, ?, ?, ?, ?)'
  database.run(sql, [sequence, chain, sum, seal])
}

function sealOf({ sequence, chain, sum }: Omit<Witness, 'seal'>, key: KeyObject): Buffer {
  const head = Buffer.alloc(16)
  head.write('sealobjs', 'latin1')
  writeU64(head, sequence, 8)
  return createHmac('sha256', key).update(head).update(chain).update(sum).digest()
}
