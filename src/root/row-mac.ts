/**
 * The MAC of a row over all of its columns, by their names: for tables whose rows say nothing else of it.
 *
 *     HMAC(row key, JSON [table, [column, value], …])     columns in the order of their names, bytes in hex, `mac` left out
 *
 * Source: docs/FORMAT.md §6.
 *
 * @module
 */
import type { Root } from './root.js'

/** @param absent columns that count only where they are not null: rows from before there were any have none. */
export function macOfColumns(
  root: Pick<Root, 'authenticate'>,
  table: string,
  row: object,
  absent: ReadonlySet<string> = NONE,
): Uint8Array {
  const columns = Object.entries(row)
    .filter(([name, value]) => name !== 'mac' && !(value === null && absent.has(name)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, value instanceof Uint8Array ? hexOf(value) : value])
  return root.authenticate(JSON.stringify([table, ...columns]))
}

const NONE: ReadonlySet<string> = new Set()

function hexOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('hex')
}
