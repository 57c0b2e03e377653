/**
 * How many audit records a second become durable, beside a plain file on the same disk?
 *
 * Ours with 1, 16 and 256 writers, each of which waits for its record before it sends the next: an entry with its
 * CRC-32, in a block with sequence and SHA-256 chain, synced, told to the mark, answered across threads. Beside it a
 * plain file on the caller's own thread, to which as many records are appended and synced at once, and one that has its
 * length beforehand, so that a sync writes data alone: the disk's own limit. The record is built anew each time, in all.
 *
 * @module
 */
import { closeSync, fdatasyncSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditEvent } from '../../audit/event.js'
import { newEventId } from '../../audit/event-id.js'
import { readRecords } from '../../audit/read.js'
import { buildRecord } from '../../audit/record.js'
import { systemClock } from '../../clock.js'
import { openStore } from '../../store/store.js'
import type { Contender } from '../contest.js'
import { noteOnDisk } from '../disk.js'
import type { Held, Needs } from '../question.js'

const FIRST_ID = '00000000-0000-7000-8000-000000000000'
const KEY = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const ACCOUNT = '111122223333'
const AHEAD_BYTES = 8 * 1024 * 1024
type Place = Pick<Needs, 'folder' | 'closers'>

/** What contenders agree on. */
export const FIRST = event(FIRST_ID)

export async function* contests(needs: Needs): AsyncGenerator<Held> {
  noteOnDisk(needs)
  for (const writers of [1, 16, 256]) {
    const beside = [file(writers, needs), fileWithLength(writers, needs)]
    yield {
      title: `append audit records durably, ${writers} writers`,
      baselines: beside.map(({ name }) => name),
      contenders: [await journal(writers, needs), ...beside],
    }
  }
}

/** In a run each writer appends some records, one after the other. */
export async function journal(writers: number, { folder, closers }: Place): Promise<Contender> {
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
export function file(batch: number, { folder, closers }: Place): Contender {
  const path = join(folder, `records-${batch}`)
  const descriptor = openSync(path, 'a')
  closers.push(() => closeSync(descriptor))
  return appending(`a plain file, ${batch} in a sync`, batch, path, (text) => {
    writeSync(descriptor, text)
    fdatasyncSync(descriptor)
  })
}

/** The same over zeros that are there already; from its beginning again when it is full. */
function fileWithLength(batch: number, { folder, closers }: Place): Contender {
  const path = join(folder, `records-ahead-${batch}`)
  const descriptor = openSync(path, 'w')
  closers.push(() => closeSync(descriptor))
  writeSync(descriptor, Buffer.alloc(AHEAD_BYTES))
  fsyncSync(descriptor)
  let at = 0
  return appending(`with its length ahead, ${batch} in a sync`, batch, path, (text) => {
    const bytes = Buffer.from(text)
    if (at + bytes.length > AHEAD_BYTES) at = 0
    writeSync(descriptor, bytes, 0, bytes.length, at)
    at += bytes.length
    fdatasyncSync(descriptor)
  })
}

function appending(
  name: string,
  batch: number,
  path: string,
  write: (text: string) => void,
): Contender {
  const append = (records: readonly AuditEvent[]) =>
    write(records.map((record) => `${buildRecord(record)}\n`).join(''))
  append([FIRST])
  return {
    name,
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
