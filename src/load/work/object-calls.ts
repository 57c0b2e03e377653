/**
 * Calls of S3: objects that are put, got and listed, under each kind of encryption.
 *
 * Every put is of a new key. A share is read back and compared at once; at the end each key that was acknowledged must be
 * listed. What is got is always compared.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Encryption } from '../scenario/scenario.js'
import type { ObjectCalls } from '../targets/target.js'
import { askedAgain, Behind, isNoAnswer } from './behind.js'
import { Bits } from './bits.js'
import { Checking, Sampler } from './checking.js'
import { inParallel } from './in-parallel.js'
import { ObjectBytes } from './object-bytes.js'
import type { Work, WorkParts } from './work.js'

/** A page of S3. */
const PAGE_KEYS = 1000
const DIGITS = 9
const KEY_END = new RegExp(`/\\d{${DIGITS}}$`)

abstract class ObjectWork implements Work {
  protected readonly parts: WorkParts
  protected readonly calls: ObjectCalls
  protected readonly bytes: ObjectBytes
  protected readonly behind = new Behind()
  abstract readonly checks: readonly Checking[]

  constructor(parts: WorkParts) {
    const { objects } = parts.target
    if (objects === undefined) throw new SealtrailError('TargetFailed', 'the target has no S3')
    this.parts = parts
    this.calls = objects
    const { seed, client, settings } = parts
    const { size, sizes } = settings
    this.bytes = new ObjectBytes({ seed, client: client.index, size, sizes })
  }

  /** Of this process and this kind of work; below it numbers. */
  protected abstract readonly folder: string

  abstract prepare(): Promise<void>
  abstract begin(slot: number): void

  isReady(): boolean {
    return true
  }

  flush(): void {}

  async verify(): Promise<void> {
    await this.behind.settled()
  }

  protected keyOf(number: number): string {
    const { number: work, client } = this.parts
    return `${this.folder}${work}-${client.index}/${String(number).padStart(DIGITS, '0')}`
  }

  protected async putAll(encryption: Encryption): Promise<void> {
    await inParallel(this.parts.settings.objects, async (number) => {
      const body = this.bytes.of(number)
      const key = this.keyOf(number)
      await askedAgain<void>((done) => this.calls.put(key, body, encryption, done))
      this.bytes.giveBack(body)
    })
  }
}

export class PutWork extends ObjectWork {
  protected readonly folder = 'put/'
  readonly #sampler: Sampler
  readonly #acknowledged = new Bits()
  readonly #readBack = new Checking('s3 gives back what was put')
  readonly #listed = new Checking('s3 lists what was put')
  readonly checks = [this.#readBack, this.#listed]
  #next = 0

  constructor(parts: WorkParts) {
    super(parts)
    this.#sampler = new Sampler(parts.check)
  }

  async prepare(): Promise<void> {}

  begin(slot: number): void {
    const number = this.#next++
    const body = this.bytes.of(number)
    const { encryption } = this.parts.settings
    this.calls.put(this.keyOf(number), body, encryption, (code) => {
      this.bytes.giveBack(body)
      if (code === undefined) this.#acknowledge(number)
      this.parts.answering.done(slot, code, body.length)
    })
  }

  override async verify(): Promise<void> {
    await super.verify()
    const listed = await numbersBelow(this.calls, this.keyOf(0).replace(/\d+$/, ''))
    for (const number of this.#acknowledged) {
      const says = () => `${this.keyOf(number)} was acknowledged and is not listed`
      this.#listed.note(listed.has(number), says)
    }
  }

  #acknowledge(number: number): void {
    this.#acknowledged.add(number)
    if (!this.#sampler.takes()) return
    const key = this.keyOf(number)
    const { encryption } = this.parts.settings
    this.behind.look((isLast, end) =>
      this.calls.get(key, encryption, this.bytes.sizeOf(number), (code, given) => {
        const isAnswered = !isNoAnswer(code)
        if (isAnswered || isLast) {
          const difference = this.bytes.differenceOf(given, number)
          const why = code === undefined ? difference : `${difference} (${code})`
          this.#readBack.note(difference === undefined, () => `${key} ${why}`)
        }
        end(isAnswered)
      }),
    )
  }
}

export class GetWork extends ObjectWork {
  protected readonly folder = 'get/'
  readonly #readBack = new Checking('s3 gives back what was put')
  readonly checks = [this.#readBack]
  #next = 0

  async prepare(): Promise<void> {
    await this.putAll(this.parts.settings.encryption)
  }

  begin(slot: number): void {
    const { settings, answering } = this.parts
    const number = this.#next++ % settings.objects
    const key = this.keyOf(number)
    this.calls.get(key, settings.encryption, this.bytes.sizeOf(number), (code, given) => {
      if (code === undefined) {
        const difference = this.bytes.differenceOf(given, number)
        this.#readBack.note(difference === undefined, () => `${key} ${difference}`)
      }
      answering.done(slot, code, given?.length ?? 0)
    })
  }
}

export class ListWork extends ObjectWork {
  protected readonly folder = 'list/'
  readonly #whole = new Checking('s3 lists what was put')
  readonly checks = [this.#whole]
  #wanted: readonly string[] = []

  async prepare(): Promise<void> {
    await this.putAll('none')
    const count = Math.min(this.parts.settings.objects, PAGE_KEYS)
    this.#wanted = Array.from({ length: count }, (_, number) => this.keyOf(number))
  }

  begin(slot: number): void {
    const folder = this.keyOf(0).replace(/\d+$/, '')
    this.calls.list(folder, '', (code, keys) => {
      if (keys !== undefined) this.#look(keys)
      this.parts.answering.done(slot, code, 0)
    })
  }

  #look(keys: readonly string[]): void {
    const wanted = this.#wanted
    const isWhole = keys.length === wanted.length && keys.every((key, i) => key === wanted[i])
    this.#whole.note(isWhole, () => {
      const other = keys.find((key, i) => key !== wanted[i])
      const which = other === undefined ? '' : `; there is ${other.slice(0, 64)}`
      return `${keys.length} keys of ${wanted.length}${which}`
    })
  }
}

/** Of keys that end in a number: a bit for each of millions, which their names would not be. */
async function numbersBelow(calls: ObjectCalls, prefix: string): Promise<Bits> {
  const found = new Bits()
  for (let after = ''; ; ) {
    const page = await askedAgain<readonly string[]>((done) => calls.list(prefix, after, done))
    if (page.length === 0) return found
    for (const key of page) if (KEY_END.test(key)) found.add(Number(key.slice(prefix.length)))
    after = page.at(-1)!
  }
}
