/**
 * Calls counted by what they were and how they ended, and uses of keys by whether they are charged.
 *
 * Numbers of one process, for whoever watches it; what is charged to whom, by days, is counted from the records
 * (trail/usage). Keys and kinds of calls are so many: those that come when there are more are counted together.
 *
 * @module
 */
import type { RecordedCall, RecordedUse } from './key-use.js'

const KEYS_MAX = 1000
/** Names of operations may be a caller's. */
const CALLS_MAX = 2000
/** What is beyond. */
const OTHER = 'other'

export interface CallCount {
  /** Such as `kms.amazonaws.com`. */
  readonly service: string
  readonly operation: string
  /** `ok`, or the error's code. */
  readonly result: string
  readonly count: number
}

export interface UseCount {
  /** ARN, or `other`. */
  readonly key: string
  readonly operation: string
  readonly isFree: boolean
  readonly count: number
}

type Counted<T> = Map<string, { -readonly [Member in keyof T]: T[Member] }>

export class Tally {
  readonly #calls: Counted<CallCount> = new Map()
  readonly #uses: Counted<UseCount> = new Map()
  readonly #keys = new Set<string>()

  add(call: RecordedCall, use: RecordedUse | undefined, count: number): void {
    const { eventSource: service, eventName: operation, errorCode: result = 'ok' } = call
    const seen = { service, operation, result, count }
    const isRoom = this.#calls.size < CALLS_MAX || this.#calls.has(nameOf(seen))
    const other = { service: OTHER, operation: OTHER, result: OTHER, count }
    add(this.#calls, isRoom ? seen : other)
    for (const key of use?.keys ?? []) {
      const { operation, isFree } = use!
      add(this.#uses, { key: this.#known(key), operation, isFree, count })
    }
  }

  get calls(): readonly CallCount[] {
    return [...this.#calls.values()]
  }

  get uses(): readonly UseCount[] {
    return [...this.#uses.values()]
  }

  #known(key: string): string {
    if (this.#keys.size < KEYS_MAX) this.#keys.add(key)
    return this.#keys.has(key) ? key : OTHER
  }
}

function add<T extends { readonly count: number }>(counted: Counted<T>, seen: T): void {
  const name = nameOf(seen)
  const before = counted.get(name)
  if (before === undefined) counted.set(name, { ...seen })
  else before.count += seen.count
}

function nameOf(seen: object): string {
  return JSON.stringify({ ...seen, count: undefined })
}
