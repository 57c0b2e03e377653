/**
 * What the database of objects says of itself: how far it was told of the journal, and the sum of its rows then.
 *
 * Source: docs/FORMAT.md §6.1.
 *
 * @module
 */
export const WITNESS_TABLES = [
  `create table witness (
    one integer primary key check (one = 1),
    sequence integer not null,
    chain blob not null,
    sum blob not null,
    seal blob not null
  ) strict`,
]
