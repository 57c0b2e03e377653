/**
 * How many audit records a second become durable, beside a plain file and beside SQLite?
 *
 * Ours with 1, 16, 100 and 1,000 writers, each of which waits for its record before it sends the next: an entry with its
 * CRC-32, in a block with sequence and SHA-256 chain, synced, told to the mark, answered across threads. Beside it a
 * plain file on the caller's own thread, to which as many records are appended and synced at once (the disk's own
 * limit), and SQLite as it is usually taken (write-ahead log, synchronous=FULL), as many rows in a transaction. The
 * record is built anew each time, in every contender.
 */
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import type { AuditEvent } from '../../src/audit/event.js'
import { newEventId } from '../../src/audit/event-id.js'
import { readRecords } from '../../src/audit/read.js'
import { buildRecord } from '../../src/audit/record.js'
import { openStore } from '../../src/store/store.js'
import { type Contender, contest } from '../support/contest.js'

const FIRST = event('00000000-0000-7000-8000-000000000000')
const folder = mkdtempSync(join(process.env.SEALTRAIL_BENCH_DIR ?? tmpdir(), 'sealtrail-bench-'))
const closers: Array<() => unknown> = [() => rmSync(folder, { recursive: true })]
try {
  for (const writers of [1, 16, 100, 1000]) {
    const baselines = [fileName(writers), sqliteName(writers)]
    await contest({ title: `append audit records durably, ${writers} writers`, baselines }, [
      await ours(writers),
      file(writers),
      sqlite(writers),
    ])
  }
} finally {
  for (const close of closers.reverse()) await close()
}

/** In a run each writer appends `TURNS` records, one after the other. */
async function ours(writers: number): Promise<Contender> {
  const store = await openStore({ dataDir: mkdtempSync(join(folder, 'store-')) })
  closers.push(() => store.close())
  const append = (record: AuditEvent) => store.commit({ records: [buildRecord(record)] })
  await append(FIRST)
  const turns = Math.max(1, Math.ceil(200 / writers))
  const write = async () => {
    for (let i = 0; i < turns; i++) await append(event(newEventId(Date.now())))
  }
  return {
    name: `the journal, ${writers} writers`,
    answer: async () => {
      const [record] = await readRecords(store, { eventId: FIRST.eventId })
      return Buffer.from(record?.record ?? '')
    },
    run: () => Promise.all(Array.from({ length: writers }, write)),
    opsPerRun: writers * turns,
  }
}

function fileName(batch: number): string {
  return `a plain file, ${batch} in a sync`
}

function file(batch: number): Contender {
  const path = join(folder, `records-${batch}`)
  const descriptor = openSync(path, 'a')
  closers.push(() => closeSync(descriptor))
  const append = (records: readonly AuditEvent[]) => {
    writeSync(descriptor, records.map((record) => `${buildRecord(record)}\n`).join(''))
    fdatasyncSync(descriptor)
  }
  append([FIRST])
  return {
    name: fileName(batch),
    answer: () => Buffer.from(readFileSync(path, 'utf8').split('\n')[0] ?? ''),
    run: () => append(Array.from({ length: batch }, () => event(newEventId(Date.now())))),
    opsPerRun: batch,
  }
}

function sqliteName(batch: number): string {
  return `SQLite, ${batch} in a transaction`
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
    name: sqliteName(batch),
    answer: () => Buffer.from(String((select.get(FIRST.eventId) as { record: string }).record)),
    run: () => append(Array.from({ length: batch }, () => event(newEventId(Date.now())))),
    opsPerRun: batch,
  }
}

/** A record of about 1 KB: S3 asks for the data key of one log file. */
function event(eventId: string): AuditEvent {
  const key = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
  return {
    eventId,
    eventTime: 1_764_000_000_000,
    eventSource: 'kms.amazonaws.com',
    eventName: 'GenerateDataKey',
    account: '111122223333',
    region: 'us-west-2',
    identity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' },
    sourceIpAddress: 'cloudtrail.amazonaws.com',
    userAgent: 'cloudtrail.amazonaws.com',
    requestId: eventId,
    readOnly: true,
    requestParameters: {
      keyId: key,
      encryptionContext: {
        'aws:cloudtrail:arn': 'arn:aws:cloudtrail:us-west-2:111122223333:trail/Default',
        'aws:s3:arn': `arn:aws:s3:::logs/AWSLogs/111122223333/CloudTrail/us-west-2/2026/11/23/${eventId}.json.gz`,
      },
      keySpec: 'AES_256',
    },
    responseElements: null,
    resources: [{ accountId: '111122223333', type: 'AWS::KMS::Key', arn: key }],
  }
}
