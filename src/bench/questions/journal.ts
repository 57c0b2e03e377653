/**
 * How many audit records a second become durable, beside a plain file on the same disk?
 *
 * Ours with 1, 16 and 256 writers, each of which waits for its record before it sends the next: an entry with its
 * CRC-32, in a block with sequence and SHA-256 chain, synced, told to the mark, answered across threads. Beside it a
 * plain file on the caller's own thread, to which as many records are appended and synced at once (the disk's own
 * limit). The record is built anew each time, in both.
 *
 * @module
 */
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditEvent } from '../../audit/event.js'
import { newEventId } from '../../audit/event-id.js'
import { readRecords } from '../../audit/read.js'
import { buildRecord } from '../../audit/record.js'
import { systemClock } from '../../clock.js'
import { openStore } from '../../store/store.js'
import type { Contender } from '../contest.js'
import type { Held, Needs } from '../question.js'

const FIRST_ID = '00000000-0000-7000-8000-000000000000'
const KEY = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const ACCOUNT = '111122223333'
/** What contenders agree on. */
export const FIRST = event(FIRST_ID)

export async function* contests(needs: Needs): AsyncGenerator<Held> {
  for (const writers of [1, 16, 256]) {
    const beside = file(writers, needs)
    yield {
      ...{ title: `append audit records durably, ${writers} writers`, baselines: [beside.name] },
      contenders: [await journal(writers, needs), beside],
    }
  }
}

/** In a run each writer appends some records, one after the other. */
export async function journal(writers: number, { folder, closers }: Needs): Promise<Contender> {
  const store = await openStore({ dataDir: join(folder, `store-${writers}`) })
  closers.push(() => store.close())
  const append = (record: AuditEvent) => store.commit({ records: [buildRecord(record)] })
  await append(FIRST)
  const turns = Math.max(1, Math.ceil(200 / writers))
  const write = async () => {
    for (let i = 0; i < turns; i++) await append(freshEvent())
  }
  return {
    name: `the journal, ${writers} writers`,
    answer: async () => {
      const [record] = await readRecords(store, { eventId: FIRST_ID })
      return Buffer.from(record?.record ?? '')
    },
    run: () => Promise.all(Array.from({ length: writers }, write)),
    opsPerRun: writers * turns,
  }
}

/** As many records at once as there are writers, and a sync. */
export function file(batch: number, { folder, closers }: Needs): Contender {
  const path = join(folder, `records-${batch}`)
  const descriptor = openSync(path, 'a')
  closers.push(() => closeSync(descriptor))
  const append = (records: readonly AuditEvent[]) => {
    writeSync(descriptor, records.map((record) => `${buildRecord(record)}\n`).join(''))
    fdatasyncSync(descriptor)
  }
  append([FIRST])
  return {
    name: `a plain file, ${batch} in a sync`,
    answer: () => Buffer.from(readFileSync(path, 'utf8').split('\n')[0] ?? ''),
    run: () => append(Array.from({ length: batch }, freshEvent)),
    opsPerRun: batch,
  }
}

export function freshEvent(): AuditEvent {
  return event(newEventId(systemClock.now()))
}

/** A record of about 1 KB: S3 asks for the data key of one log file. */
function event(eventId: string): AuditEvent {
  const object = `arn:aws:s3:::logs/AWSLogs/${ACCOUNT}/CloudTrail/us-west-2/2026/11/23/${eventId}.json.gz`
  const trail = `arn:aws:cloudtrail:us-west-2:${ACCOUNT}:trail/Default`
  return {
    ...{ eventId, eventTime: 1_764_000_000_000, requestId: eventId, readOnly: true },
    ...{ eventSource: 'kms.amazonaws.com', eventName: 'GenerateDataKey' },
    ...{ account: ACCOUNT, region: 'us-west-2' },
    identity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' },
    ...{ sourceIpAddress: 'cloudtrail.amazonaws.com', userAgent: 'cloudtrail.amazonaws.com' },
    requestParameters: {
      ...{ keyId: KEY, keySpec: 'AES_256' },
      encryptionContext: { 'aws:cloudtrail:arn': trail, 'aws:s3:arn': object },
    },
    responseElements: null,
    resources: [{ accountId: ACCOUNT, type: 'AWS::KMS::Key', arn: KEY }],
  }
}
