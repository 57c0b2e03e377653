/**
 * Whether each use of a KMS key that was answered well has its record: no record, no answer.
 *
 * Where records can be read beside whoever writes them: of a house in this process, or of a server whose data directory is at
 * hand. A server's answers name their records (the request id); in this process calls are counted by their names, and
 * told from others' by the access key of the run. An object under SSE-KMS has the record of its data key, which names it.
 *
 * @module
 */
import { hash } from 'node:crypto'
import { JournalFollower } from '../../store/journal/follower.js'
import type { RecordQuery } from '../../store/journal/records.js'
import type { Check } from '../report/run.js'
import { NumberList } from './number-list.js'
import type { Done, KmsAnswer, KmsCalls, KmsOperation, ObjectCalls } from './target.js'

const EXAMPLES_MAX = 5
/** Of a UUID: 52 bits of it are enough to tell it from millions. */
const ID_DIGITS = 13
const NAMES = /"eventName":"(\w+)"/
/** What S3 asks KMS for in the name of its caller. */
const BY_S3 = '"invokedBy":"s3.amazonaws.com"'
const OBJECT = /"aws:s3:arn":"([^"]+)"/
const REQUEST_ID = /"requestID":"([0-9a-f-]{36})"/

export class KmsRecords {
  readonly #dataDir: string
  readonly #accessKeyId: string
  readonly #ids = new NumberList()
  readonly #objects = new NumberList()
  readonly #counts = new Map<string, number>()
  #after = 0

  constructor(dataDir: string, accessKeyId: string) {
    this.#dataDir = dataDir
    this.#accessKeyId = accessKeyId
  }

  /** Records from here on are those of this run. @throws SealtrailError `StoreDamaged`, `StoreFailed` */
  async begin(): Promise<void> {
    const journal = new JournalFollower(this.#dataDir)
    try {
      const { records } = await journal.records({ holding: [] })
      this.#after = records[0]?.seq ?? 0
    } finally {
      journal.close()
    }
  }

  acknowledged(requestId: string): void {
    this.#ids.push(numberOf(requestId))
  }

  /** The same calls, counted. */
  counting(kms: KmsCalls): KmsCalls {
    type Counted = readonly [operation: KmsOperation, request: object]
    return {
      request: (operation, input): Counted => [operation, kms.request(operation, input)],
      send: (given, done: Done<KmsAnswer>) => {
        const [operation, request] = given as Counted
        kms.send(request, (code, answer) => {
          if (code === undefined) {
            this.#counts.set(operation, (this.#counts.get(operation) ?? 0) + 1)
          }
          done(code, answer)
        })
      },
    }
  }

  /** The same calls; objects with a data key of their own from KMS are remembered. */
  noting(calls: ObjectCalls, arnOf: (key: string) => string): ObjectCalls {
    return {
      ...calls,
      put: (key, body, encryption, done) =>
        calls.put(key, body, encryption, (code) => {
          if (code === undefined && encryption === 'SSE-KMS') this.#objects.push(markOf(arnOf(key)))
          done(code)
        }),
    }
  }

  /** @throws SealtrailError `StoreDamaged`, `StoreFailed` */
  async check(): Promise<Check[]> {
    const journal = new JournalFollower(this.#dataDir)
    try {
      return await this.#checked(journal)
    } finally {
      journal.close()
    }
  }

  async #checked(journal: Pick<JournalFollower, 'records'>): Promise<Check[]> {
    const [calls, objects] = [new Found(this.#ids), new Found(this.#objects)]
    const counts = new Map<string, number>()
    const holding = [`"accessKeyId":"${this.#accessKeyId}"`]
    let query: RecordQuery | undefined = { holding, after: this.#after }
    while (query !== undefined) {
      const page: Awaited<ReturnType<JournalFollower['records']>> = await journal.records(query)
      for (const { record } of page.records) {
        if (record.includes('"errorCode":')) continue
        if (record.includes(BY_S3)) objects.mark(markOf(OBJECT.exec(record)?.[1] ?? ''))
        else {
          const [name = '', id = ''] = [NAMES.exec(record)?.[1], REQUEST_ID.exec(record)?.[1]]
          calls.mark(numberOf(id))
          counts.set(name, (counts.get(name) ?? 0) + 1)
        }
      }
      query = page.next
    }
    return [this.#callsCheck(calls, counts), objectsCheck(objects)]
  }

  #callsCheck(calls: Found, counts: ReadonlyMap<string, number>): Check {
    const lacking = calls.lacking()
    const examples = lacking.slice(0, EXAMPLES_MAX).map((number) => {
      const digits = number.toString(16).padStart(ID_DIGITS, '0')
      return `no record of the request ${digits.slice(0, 8)}-${digits.slice(8, 12)}-…`
    })
    let [count, failed] = [calls.count, lacking.length]
    for (const [name, made] of this.#counts) {
      const without = Math.max(0, made - (counts.get(name) ?? 0))
      count += made
      failed += without
      if (without > 0) examples.push(`${without} of ${made} ${name} have no record`)
    }
    return { name: 'each call has its record', count, failed, examples }
  }
}

function objectsCheck(objects: Found): Check {
  const { count } = objects
  const failed = objects.lacking().length
  const examples = failed === 0 ? [] : [`${failed} of ${count} objects`]
  return { name: 'each object has the record of its data key', count, failed, examples }
}

/** Which of many numbers were found. */
class Found {
  readonly #numbers: NumberList
  readonly #found: Uint8Array

  constructor(numbers: NumberList) {
    this.#numbers = numbers
    this.#found = new Uint8Array(numbers.length)
  }

  get count(): number {
    return this.#found.length
  }

  mark(number: number): void {
    const index = this.#numbers.indexOf(number)
    if (index !== -1) this.#found[index] = 1
  }

  lacking(): number[] {
    const lacking: number[] = []
    for (let index = 0; index < this.#found.length; index++) {
      if (this.#found[index] === 0) lacking.push(this.#numbers.at(index))
    }
    return lacking
  }
}

function numberOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, ID_DIGITS), 16)
}

function markOf(arn: string): number {
  return numberOf(hash('sha256', arn, 'hex'))
}
