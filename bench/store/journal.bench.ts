/**
 * How many audit records a second become durable, beside a plain file and beside SQLite?
 *
 * As `sealtrail bench store/journal` asks it (src/bench/questions/journal.ts), of more writers, and with SQLite as it is
 * usually taken (write-ahead log, synchronous=FULL): as many rows in a transaction as there are writers.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import type { AuditEvent } from '../../src/audit/event.js'
import { buildRecord } from '../../src/audit/record.js'
import { FIRST, file, freshEvent, journal } from '../../src/bench/questions/journal.js'
import { type Contender, contest } from '../support/contest.js'

const folder = mkdtempSync(join(process.env.SEALTRAIL_BENCH_DIR ?? tmpdir(), 'sealtrail-bench-'))
const closers: Array<() => unknown> = [() => rmSync(folder, { recursive: true })]
const needs = { folder, closers }
try {
  for (const writers of [1, 16, 100, 1000]) {
    const beside = [file(writers, needs), sqlite(writers)]
    const baselines = beside.map(({ name }) => name)
    await contest({ title: `append audit records durably, ${writers} writers`, baselines }, [
      await journal(writers, needs),
      ...beside,
    ])
  }
} finally {
  for (const close of closers.reverse()) await close()
}

function sqlite(batch: number): Contender {
  const database = new DatabaseSync(join(folder, `sqlite-${batch}`))
  closers.push(() => database.close())
  database.exec('pragma page_size = 8192; pragma journal_mode = wal; pragma synchronous = full')
  database.exec(
    'create table record (seq integer primary key, id text not null unique, record text)',
  )
  const insert = database.prepare('insert into record (id, record) values (?, ?)')
  const select = database.prepare('select record from record where id = ?')
  const append = (records: readonly AuditEvent[]) => {
    database.exec('begin')
    for (const record of records) insert.run(record.eventId, buildRecord(record))
    database.exec('commit')
  }
  append([FIRST])
  return {
    name: `SQLite, ${batch} in a transaction`,
    answer: () => Buffer.from(String((select.get(FIRST.eventId) as { record: string }).record)),
    run: () => append(Array.from({ length: batch }, freshEvent)),
    opsPerRun: batch,
  }
}
