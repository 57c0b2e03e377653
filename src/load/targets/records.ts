/**
 * Whether each KMS call that was answered well has its record: no record, no answer.
 *
 * Where records can be read beside whoever writes them: of a house in this process, or of a server whose data directory is at
 * hand. A server's answers name their records (the request id); in this process calls are counted by their names, and
 * told from others' by the access key of the run.
 *
 * @module
 */
import { JournalFollower } from '../../store/journal/follower.js'
import type { RecordQuery } from '../../store/journal/records.js'
import type { Check } from '../report/run.js'
import { NumberList } from './number-list.js'
import type { Done, KmsAnswer, KmsCalls, KmsOperation } from './target.js'

const EXAMPLES_MAX = 5
/** Of a UUID: 52 bits of it are enough to tell it from millions. */
const ID_DIGITS = 13
const NAMES = /"eventName":"(\w+)"/
const REQUEST_ID = /"requestID":"([0-9a-f-]{36})"/

export class KmsRecords {
  readonly #dataDir: string
  readonly #accessKeyId: string
  readonly #ids = new NumberList()
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

  /** @throws SealtrailError `StoreDamaged`, `StoreFailed` */
  async check(): Promise<Check> {
    const journal = new JournalFollower(this.#dataDir)
    try {
      return await this.#checked(journal)
    } finally {
      journal.close()
    }
  }

  async #checked(journal: Pick<JournalFollower, 'records'>): Promise<Check> {
    const found = new Uint8Array(this.#ids.length)
    const counts = new Map<string, number>()
    const holding = [`"accessKeyId":"${this.#accessKeyId}"`]
    let query: RecordQuery | undefined = { holding, after: this.#after }
    while (query !== undefined) {
      const page: Awaited<ReturnType<JournalFollower['records']>> = await journal.records(query)
      for (const { record } of page.records) {
        const [name = '', id = ''] = [NAMES.exec(record)?.[1], REQUEST_ID.exec(record)?.[1]]
        const index = this.#ids.indexOf(numberOf(id))
        if (index !== -1) found[index] = 1
        if (!record.includes('"errorCode":')) counts.set(name, (counts.get(name) ?? 0) + 1)
      }
      query = page.next
    }
    const examples: string[] = []
    let failed = 0
    for (const [name, count] of this.#counts) {
      const lacking = count - (counts.get(name) ?? 0)
      if (lacking <= 0) continue
      failed += lacking
      examples.push(`${lacking} of ${count} ${name} have no record`)
    }
    for (let index = 0; index < found.length; index++) {
      if (found[index] === 1) continue
      failed++
      if (examples.length < EXAMPLES_MAX) {
        const digits = this.#ids.at(index).toString(16).padStart(ID_DIGITS, '0')
        examples.push(`no record of the request ${digits.slice(0, 8)}-${digits.slice(8, 12)}-…`)
      }
    }
    const count = found.length + [...this.#counts.values()].reduce((sum, one) => sum + one, 0)
    return { name: 'each call has its record', count, failed, examples }
  }
}

function numberOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, ID_DIGITS), 16)
}
