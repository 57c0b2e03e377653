/**
 * Failures that are asked for: calls of the KMS fail and wait as a script says, so that people can test their retries.
 *
 *     a call whose input is sound → every rule counts it that is for its operation → those that hit wait, and the first
 *     of them that has an error refuses
 *
 * It fails as if the KMS had failed, with AWS's name, and is recorded so; nothing of what it asked for has happened. What
 * a script may say is in schema.ts.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { throttled } from '../kms/refusals.js'
import type { Call } from '../service/calls/call.js'
import { readFaultsFile } from './faults-file.js'
import type { FaultRule, FaultScript } from './schema.js'

type ErrorName = NonNullable<FaultRule['error']>

/** As AWS's documentation of the errors words it. */
const SAYS: Readonly<Record<Exclude<ErrorName, 'ThrottlingException'>, string>> = {
  KMSInternalException:
    'The request was rejected because an internal exception occurred. The request can be retried.',
  DependencyTimeoutException:
    'The system timed out while trying to fulfill the request. You can retry the request.',
  KeyUnavailableException:
    'The request was rejected because the specified KMS key was not available. You can retry the request.',
}

export class Faults {
  readonly #rules: readonly Rule[]
  /** Calls that wait. */
  readonly #waiting = new Set<() => void>()
  #isClosed = false

  constructor({ seed = 0, faults }: FaultScript) {
    this.#rules = faults.map((rule, index) => new Rule(rule, chanceOf(seed + index)))
  }

  /** @throws SealtrailError `ConfigInvalid` */
  static async open(path: string): Promise<Faults> {
    return new Faults(await readFaultsFile(path))
  }

  /** @throws SealtrailError as the script says. */
  async pass({ operation }: Pick<Call, 'operation'>): Promise<void> {
    const hits = this.#rules.filter((rule) => rule.hits(operation)).map(({ fault }) => fault)
    const delayMs = hits.reduce((all, fault) => all + (fault.delayMs ?? 0), 0)
    if (delayMs > 0 && !this.#isClosed) await this.#wait(delayMs)
    const error = hits.find((fault) => fault.error !== undefined)?.error
    if (error !== undefined) throw failure(error)
  }

  /** Nobody waits any more. */
  close(): void {
    this.#isClosed = true
    for (const wake of this.#waiting) wake()
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.#waiting.add(wake)
    })
  }
}

/** A rule, and the calls that it was for. */
class Rule {
  readonly fault: FaultRule
  readonly #chance: () => number
  #calls = 0

  constructor(fault: FaultRule, chance: () => number) {
    this.fault = fault
    this.#chance = chance
  }

  /** Counts the call when the rule is for it. */
  hits(operation: string): boolean {
    const { operations, first, every, percent } = this.fault
    if (operations?.includes(operation) === false) return false
    this.#calls++
    if (first !== undefined) return this.#calls <= first
    if (every !== undefined) return this.#calls % every === 0
    return this.#chance() * 100 < percent!
  }
}

function failure(name: ErrorName): SealtrailError {
  if (name === 'ThrottlingException') return throttled('faults')
  return new SealtrailError(name, SAYS[name])
}

/** Mulberry32 by Tommy Ettinger: the same draws for the same seed, which no secret needs. */
function chanceOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
