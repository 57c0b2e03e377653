/**
 * Does one edit of sql-edits.mjs to a database.
 *
 *     node sql-edit-child.mjs <path> <edit>
 */
import { DatabaseSync } from '@photostructure/sqlite'
import { EDITS, NOTHING_TO_EDIT } from './sql-edits.mjs'

const [path, edit] = process.argv.slice(2)
const database = new DatabaseSync(path, { enableForeignKeyConstraints: false })
let changes = 0
try {
  for (const sql of EDITS[edit]) {
    if (/^(update|delete)/.test(sql)) changes += Number(database.prepare(sql).run().changes)
    else {
      database.exec(sql)
      if (/^(drop|pragma \w+ =)/.test(sql)) changes++
    }
  }
} catch (error) {
  if (!/no such (table|index|column)/.test(error.message)) throw error
}
database.close()
process.exitCode = changes > 0 ? 0 : NOTHING_TO_EDIT
