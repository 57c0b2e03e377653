/**
 * All that IAM keeps, read at a start, in pages; every row's MAC is checked.
 *
 * @module
 */
import type { CompiledQuery } from 'kysely'
import type { Root } from '../../root/root.js'
import type { Store } from '../../store/store.js'
import { KEY_COLUMNS, type Row } from '../../store/view/schema.js'
import { type IamTable, thingOf } from './rows.js'
import type { Thing } from './things.js'

/** Of one query. */
const ROWS_MAX = 100
/** What others name comes first. */
const ORDER = ['iam_policy', 'iam_group', 'iam_user', 'iam_role', 'iam_access_key'] as const

/** @throws SealtrailError `StoreDamaged` for a row that is not as it was put there. */
export async function* loadThings(store: Store, root: Root): AsyncGenerator<Thing> {
  for (const table of ORDER) {
    const [idColumn] = KEY_COLUMNS[table]
    let after = ''
    for (;;) {
      const rows = await store.read(rowsAfter(store, table, after))
      for (const row of rows) yield thingOf(root, table, row)
      if (rows.length < ROWS_MAX) break
      after = rows.at(-1)![idColumn as keyof Row<IamTable>] as string
    }
  }
}

function rowsAfter(store: Store, table: IamTable, after: string): CompiledQuery<Row<IamTable>> {
  const [idColumn] = KEY_COLUMNS[table]
  return store.query
    .selectFrom(table)
    .selectAll()
    .where(idColumn as never, '>', after as never)
    .orderBy(idColumn as never)
    .limit(ROWS_MAX)
    .compile() as CompiledQuery<Row<IamTable>>
}
