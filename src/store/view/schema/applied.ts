/**
 * How far the view has been told of the journal.
 *
 * Source: docs/FORMAT.md §6.
 *
 * @module
 */

export interface AppliedSchema {
  applied: AppliedTable
}

interface AppliedTable {
  /** 1: there is one row. */
  one: number
  sequence: number
}

export const APPLIED_TABLES = [
  'create table applied (one integer primary key check (one = 1), sequence integer not null) strict',
  'insert into applied values (1, 0)',
]
