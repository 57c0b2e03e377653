/**
 * The stored directories of earlier versions (test/data/directories/), laid out again, and what is in one.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DatabaseSync } from '@photostructure/sqlite'

export function layOut(name, root, wrote = () => {}) {
  const url = new URL(`../../data/directories/${name}.json.gz`, import.meta.url)
  const { expected, files } = JSON.parse(gunzipSync(readFileSync(url)).toString())
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true, mode: 0o700 })
    writeFileSync(join(root, path), bytes, { encoding: 'base64', mode: 0o600 })
    wrote(join(root, path))
  }
  return expected
}

export function rowsIn(path) {
  const sqlite = new DatabaseSync(path)
  const ask = (sql) =>
    sqlite
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }))
  const tables = ask(`select name from sqlite_schema where type = 'table'`)
  const rows = tables.map(({ name }) => [
    name,
    ask(`select * from ${name}`).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  ])
  const made = ask('select sql from sqlite_schema where sql is not null order by sql')
  sqlite.close()
  return { ...Object.fromEntries(rows), 'made of': made }
}
