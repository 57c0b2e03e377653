/**
 * Log objects as CloudTrail writes them, of any number and size: the records of test/data/cloudtrail-real,
 * each object beginning with another one, every record with its own ids and time.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

const FOLDER = 'test/data/cloudtrail-real'

interface LogRecord {
  eventTime: string
  eventID: string
  requestID?: string
  sharedEventID?: string
}

/** `count` different objects of `bytes` bytes, or a record less. */
export function logObjects(count: number, bytes: number): Buffer[] {
  const records = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file): LogRecord[] => JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')).Records)
  return Array.from({ length: count }, (_, object) => logObject(records, object, bytes))
}

function logObject(records: LogRecord[], object: number, bytes: number): Buffer {
  const texts: string[] = []
  let size = '{"Records":[]}'.length
  for (let i = object * 131; ; i++) {
    const text = JSON.stringify(renewed(records[i % records.length]!, `${object}/${i}`))
    size += text.length + 1
    if (size > bytes) return Buffer.from(`{"Records":[${texts.join(',')}]}`)
    texts.push(text)
  }
}

function renewed(record: LogRecord, name: string): LogRecord {
  const hash = createHash('sha512').update(name).digest('hex')
  const shiftMs = Number.parseInt(hash.slice(0, 6), 16) * 10
  const eventTime = new Date(Date.parse(record.eventTime) + shiftMs).toISOString().slice(0, 19)
  const changed: LogRecord = { ...record, eventTime: `${eventTime}Z`, eventID: uuid(hash, 8) }
  if (record.requestID !== undefined) changed.requestID = uuid(hash, 40)
  if (record.sharedEventID !== undefined) changed.sharedEventID = uuid(hash, 72)
  return changed
}

function uuid(hex: string, at: number): string {
  const part = (from: number, to: number) => hex.slice(at + from, at + to)
  return [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join('-')
}
