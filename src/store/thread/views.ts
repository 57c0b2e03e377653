/**
 * Both databases as one: told what a commit says, each of what is its own, and settled behind the journal.
 *
 * Which of them a fact or a query is for, the names of tables say (view/schema.ts). They settle one after the other, not
 * together: each knows how far it was told, and a start tells it the rest. Facts that are in the journal, and that there was
 * no room for, are owed, to both: to be told again changes nothing.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { errorOf, type Fault, faultOf, type SealtrailError } from '../../errors.js'
import { type Change, isOfLarge } from '../change.js'
import { damaged } from '../damage.js'
import type { Journal } from '../journal/journal.js'
import type { SqlRow, SqlValue } from '../view/database.js'
import { databaseFault, isFull } from '../view/database-fault.js'
import { type ObjectView, WRONG_ROWS } from '../view/object-view.js'
import { LARGE_TABLES } from '../view/schema.js'
import type { View } from '../view/view.js'
import type { Work } from './work.js'

/** Names in a query are quoted, texts are parameters. */
const LARGE_NAME = new RegExp(`"(${LARGE_TABLES.join('|')})"`)
/** A moment's work. */
const LOOKED_ROWS = 100

/** Whether a query is for the database of objects. */
export function isOfObjects(sql: string): boolean {
  return LARGE_NAME.test(sql)
}

export class Views {
  readonly #journal: Journal
  readonly view: View
  #objects: ObjectView
  #isViewTold = false
  #owed: ReadonlyArray<readonly Change[]> = []

  constructor(journal: Journal, view: View, objects: ObjectView) {
    this.#journal = journal
    this.view = view
    this.#objects = objects
  }

  /** Some facts that are in the journal could not be told for want of room. */
  get isBehind(): boolean {
    return this.#owed.length > 0
  }

  /** All rows are those that were written. */
  get isChecked(): boolean {
    return !this.#objects.isDoubted
  }

  /** Reads go on while there is no room: what is owed is told for the moment, which writes nothing, and taken back. */
  read(sql: string, parameters: readonly SqlValue[]): SqlRow[] {
    if (this.#owedFault() === undefined) return this.#read(sql, parameters)
    try {
      for (const changes of this.#owed) this.#tell(changes)
      return this.#read(sql, parameters)
    } finally {
      this.undo()
    }
  }

  /**
   * Seals the objects' witness from now on.
   * @param remake gives them again, from the journal, when what was found is not sealed by `key`; or refuses.
   */
  sealWith(key: KeyObject, remake: () => ObjectView): void {
    if (this.#objects.sealWith(key)) return
    this.#objects.close()
    this.#objects = remake()
    this.#objects.sealWith(key)
  }

  /** What the start told the objects counts from now on. */
  settleStart(): void {
    const { nextSequence, chain } = this.#journal
    this.#objects.settle(nextSequence - 1, chain)
  }

  /** True when something was told, and waits for the journal. @throws SealtrailError `StoreFailed` */
  tell(work: Work): boolean {
    const { effects } = work.batch
    try {
      for (const effect of effects) {
        const fault = this.#tell(work.changesOf(effect))
        if (fault !== undefined) work.fail(effect, fault)
      }
      return effects.length > 0
    } catch (error) {
      this.undo()
      throw errorOf(databaseFault(error))
    }
  }

  /** What is in the journal is true, and acknowledged; a view that could not take it is told again before it is read. */
  settle(work: Work): void {
    try {
      this.#settle()
    } catch (error) {
      this.undo()
      if (isFull(error)) {
        this.#owed = work.told()
        return
      }
      const broken = this.#broken(error)
      for (const effect of work.batch.effects) work.fail(effect, faultOf(broken))
    }
  }

  undo(): void {
    this.view.undo()
    this.#objects.undo()
    this.#isViewTold = false
  }

  /** @throws SealtrailError `StoreFailed` while there is no room for facts that are in the journal already. */
  tellOwed(): void {
    const fault = this.#owedFault()
    if (fault !== undefined) throw errorOf(fault)
  }

  /**
   * Records without facts, and facts for the other one, have passed since each was last told something. False when it
   * cannot be: then a start tells them.
   */
  reachEnd(): boolean {
    try {
      this.tellOwed()
      this.#beginView()
      this.#settle()
      const { nextSequence, chain } = this.#journal
      this.#objects.reach(nextSequence - 1, chain)
      return true
    } catch {
      this.undo()
      return false
    }
  }

  /** The journal must go back to here for the objects, whatever a power cut takes. Throws what SQLite throws. */
  checkpoint(): number {
    return this.#objects.checkpoint()
  }

  /**
   * Looks at some more of the rows that nobody has looked at since the start; false when none are left. Rows that are not
   * those that were written break the store, and the next start makes them again, or refuses.
   */
  look(): boolean {
    const objects = this.#objects
    const { sound } = this.#journal
    if (!objects.isDoubted || sound.broken !== undefined) return false
    if (objects.look(LOOKED_ROWS)) return objects.isDoubted
    sound.breakDamaged(damaged({ file: objects.path, reason: WRONG_ROWS }))
    objects.giveUp()
    return false
  }

  /** The hash of the view's file; undefined when it could not be closed well. */
  close(): Buffer | undefined {
    this.undo()
    try {
      this.#objects.close()
    } catch {
      // Its log has the rest, or the journal.
    }
    return this.view.close()
  }

  #read(sql: string, parameters: readonly SqlValue[]): SqlRow[] {
    return (isOfObjects(sql) ? this.#objects : this.view).read(sql, parameters)
  }

  /** Tells what is owed, and undefined when there is nothing more; or why there is no room for it yet. */
  #owedFault(): Fault | undefined {
    if (this.#owed.length === 0) return
    try {
      for (const changes of this.#owed) this.#tell(changes)
      this.#settle()
      this.#owed = []
    } catch (error) {
      this.undo()
      if (isFull(error)) return databaseFault(error)
      throw this.#broken(error)
    }
  }

  #tell(changes: readonly Change[]): Fault | undefined {
    const large = changes.filter(isOfLarge)
    if (large.length === changes.length && large.length > 0) return this.#objects.tell(large)
    this.#beginView()
    if (large.length === 0) return this.view.tell(changes)
    const others = changes.filter((change) => !isOfLarge(change))
    return this.view.tell(others, () => this.#objects.tell(large))
  }

  #beginView(): void {
    if (this.#isViewTold) return
    this.view.begin()
    this.#isViewTold = true
  }

  #settle(): void {
    const { nextSequence, chain } = this.#journal
    if (this.#isViewTold) {
      this.view.reach(nextSequence - 1)
      this.view.settle()
      this.#isViewTold = false
    }
    this.#objects.settle(nextSequence - 1, chain)
  }

  #broken(error: unknown): SealtrailError {
    const { message } = error as Error
    return this.#journal.sound.breakWith(`the view cannot be written: ${message}`, error)
  }
}
