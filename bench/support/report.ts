/** Columns of a bench's own table. */
import { columns } from '../../src/bench/report/standings.js'

export function table(rows: string[][]): string {
  return columns(rows).join('\n')
}
