/**
 * Lines of CloudTrail events, of any number: the records of test/data/cloudtrail-real over and over, each with ids of its own
 * and times that go on, as a stream has them. The same for the same number.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

const FOLDER = 'test/data/cloudtrail-real'
const BEGUN = Date.UTC(2026, 0, 2, 3, 0, 0)
const EVENTS_PER_SECOND = 10_000

interface LogRecord {
  eventTime: string
  eventID: string
  requestID?: string
}

/** Each with its line end, until there are `bytes` of them. */
export function* eventLines(bytes: number): Generator<string> {
  const records = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file): LogRecord[] => JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')).Records)
  for (let i = 0, size = 0; size < bytes; i++) {
    const line = `${JSON.stringify(renewed(records[i % records.length]!, i))}\n`
    size += line.length
    yield line
  }
}

function renewed(record: LogRecord, number: number): LogRecord {
  const hash = createHash('sha256').update(`event ${number}`).digest('hex')
  const time = new Date(BEGUN + Math.floor(number / EVENTS_PER_SECOND) * 1000).toISOString()
  const changed = { ...record, eventTime: `${time.slice(0, 19)}Z`, eventID: uuid(hash, 0) }
  return record.requestID === undefined ? changed : { ...changed, requestID: uuid(hash, 32) }
}

function uuid(hex: string, at: number): string {
  const part = (from: number, to: number) => hex.slice(at + from, at + to)
  return [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join('-')
}
