/**
 * How many audit records a second become durable, and what do shared syncs and growing ids give?
 *
 * The store, with 1, 10 and 100 writers of which each waits for its record before it sends the next, beside
 * SQLite used plainly on the main thread (same file settings, same row): one record in a transaction, the
 * line to beat, and 100 in one. A file to which 100 records are appended and synced at once is what the
 * disk itself allows. All tables hold 20,000 records at the start, so that their index has some depth.
 */
import { randomUUID } from 'node:crypto'
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
import { auditRecord } from '../../src/audit/append.js'
import type { AuditEvent } from '../../src/audit/event.js'
import { newEventId } from '../../src/audit/event-id.js'
import { readRecords } from '../../src/audit/read.js'
import { buildRecord } from '../../src/audit/record.js'
import { openStore } from '../../src/store/store.js'
import { Database } from '../../src/store/view/database.js'
import { type Contender, contest } from '../support/contest.js'

const RECORDS_BEFORE = 20_000
const BATCH = 100
const CLOUDTRAIL = { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' } as const
const FIRST = event('00000000-0000-7000-8000-000000000000')
const ONE = 'SQLite, 1 in a transaction'
const MANY = `SQLite, ${BATCH} in a transaction`

const folder = mkdtempSync(join(tmpdir(), 'sealtrail-bench-'))
const closers: Array<() => unknown> = [() => rmSync(folder, { recursive: true })]
const baselines = [ONE, MANY]
try {
  await contest({ title: 'append an audit record, durably', baselines }, [
    await ours(1),
    await ours(10),
    await ours(100),
    plain(1),
    plain(BATCH),
    file(BATCH),
  ])
  await contest({ title: 'the same with 100 writers and random event ids', baselines: [] }, [
    await ours(100),
    await ours(100, () => randomUUID()),
  ])
} finally {
  for (const close of closers.reverse()) await close()
}

/** Writers of the store; in a run each of them appends ten records, one after the other. */
async function ours(writers: number, newId = () => newEventId(Date.now())): Promise<Contender> {
  const store = await openStore({ dataDir: mkdtempSync(join(folder, 'store-')) })
  closers.push(() => store.close())
  const append = (record: AuditEvent) => store.commit({ records: [auditRecord(record)] })
  await append(FIRST)
  await Promise.all(Array.from({ length: RECORDS_BEFORE }, () => append(event(newId()))))
  const write = async () => {
    for (let i = 0; i < 10; i++) await append(event(newId()))
  }
  const ids = newId().charAt(14) === '7' ? '' : ', random ids'
  return {
    name: `store, ${writers} writer${writers === 1 ? '' : 's'}${ids}`,
    answer: async () => {
      const [record] = await readRecords(store, { eventId: FIRST.eventId })
      return Buffer.from(record?.record ?? '')
    },
    run: () => Promise.all(Array.from({ length: writers }, write)),
    opsPerRun: writers * 10,
  }
}

function plain(batch: number): Contender {
  const dir = mkdtempSync(join(folder, 'plain-'))
  const database = new Database(join(dir, 'sealtrail.sqlite'))
  closers.push(() => database.close())
  const insert =
    'insert into audit_record (event_id, event_time, account, region, event_source, event_name, record) ' +
    'values (?, ?, ?, ?, ?, ?, ?)'
  const append = (record: AuditEvent) => {
    const { eventId, eventTime, account, region, eventSource, eventName } = record
    const values = [
      eventId,
      eventTime,
      account,
      region,
      eventSource,
      eventName,
      buildRecord(record),
    ]
    database.run(insert, values)
  }
  const transaction = (records: number) => {
    database.run('begin', [])
    for (let i = 0; i < records; i++) append(event(newEventId(Date.now())))
    database.run('commit', [])
  }
  append(FIRST)
  transaction(RECORDS_BEFORE)
  return {
    name: batch === 1 ? ONE : MANY,
    answer: () => {
      const [row] = database.read('select record from audit_record order by seq limit 1', [])
      return Buffer.from(String(row?.record))
    },
    run: () => transaction(batch),
    opsPerRun: batch,
  }
}

function file(batch: number): Contender {
  const path = join(folder, 'records')
  const descriptor = openSync(path, 'a')
  closers.push(() => closeSync(descriptor))
  const append = (records: readonly AuditEvent[]) => {
    writeSync(descriptor, records.map((record) => `${buildRecord(record)}\n`).join(''))
    fdatasyncSync(descriptor)
  }
  append([FIRST])
  return {
    name: `a file, ${batch} in a sync`,
    answer: () => Buffer.from(readFileSync(path, 'utf8').split('\n')[0] ?? ''),
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
    identity: CLOUDTRAIL,
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
