/**
 * An AWS service: a table of operations, and the one way that every call takes.
 *
 *     input taken → operation (lookup, may, use) → record durable → answer
 *
 * A call that fails is recorded as well, once its operation is known, be it served or not; when the record cannot be
 * written, the caller is told that instead of the answer. How an input looks is the door's business: it gives a way to take it, which
 * runs here, so that a malformed input leaves the same record whichever door it came by.
 *
 * `call` runs an operation of the table, `perform` other work under its name (many data keys), `begin` is a call of a
 * batch, whose records are committed together; `track` is what closing waits for.
 *
 * @module
 */
import { VALUES } from '../aws/forms/values.js'
import type { Api, Operation } from '../aws/model.js'
import { type Taken, take } from '../aws/take.js'
import { SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'
import { Call, type CallParts } from './calls/call.js'
import type { CallContext, CallFacts, RecordHabits } from './calls/call-context.js'
import type { Gate } from './gate.js'

export interface ServiceTable<Parts> {
  readonly api: Api
  readonly eventSource: string
  readonly internalFault: string
  /** One for all regions of a partition, such as IAM: its records are of one region. */
  readonly isGlobal?: true
  readonly records?: RecordHabits
  /** Every operation of the API table. */
  readonly operations: Readonly<Record<string, OperationRow<Parts>>>
}

export interface OperationRow<Parts> {
  /** Leaves the record of its success itself, with its effect. `input` has passed the checks. */
  readonly run: (parts: Parts, call: Call, input: never) => Promise<unknown>
  /** Whether it changes nothing: CloudTrail's readOnly. */
  readonly isReadOnly: boolean
  /** Where CloudTrail has a name of its own for it. */
  readonly eventName?: string
  /** Its record shows the answer, though it changes nothing. */
  readonly isAnswerShown?: true
  /** CloudTrail's data events, such as PutObject. */
  readonly isDataEvent?: true
  /** What its record has of a call whose input cannot be taken: what is known without. */
  readonly showMalformed?: (call: Call) => void
}

/** What operations are called that change nothing. */
const READS = /^(BatchGet|Describe|Generate|Get|Head|List|Lookup|Search|Simulate|Verify)/

/**
 * Takes the input of `operation` from wherever it comes. Its bytes are wiped when the call is over, except in a batch,
 * which takes ciphertext only.
 */
export type Read = (operation: Operation) => Taken

/** For whoever answers many callers. */
export interface AwsService {
  readonly api: Api
  /**
   * Runs `operation` for the caller of `context`; operations that answer nothing resolve to an empty object.
   * @throws SealtrailError with AWS's code and message.
   */
  call(operation: string, read: Read, context: CallContext): Promise<object>
}

/** Input of a program; nothing at all is an input without members. */
export function valuesOf(given: unknown = {}): Read {
  return ({ input }) => take(input, given, VALUES)
}

export class Service<Parts extends CallParts> implements AwsService {
  readonly #table: ServiceTable<Parts>
  readonly #parts: Parts
  readonly #gate: Gate
  /** Made once: every call of an operation has the same. */
  readonly #facts = new Map<string, CallFacts>()
  #underWay = 0
  #isClosing = false
  /** Called when nothing is under way any more. */
  #whenIdle: (() => void) | undefined

  constructor(table: ServiceTable<Parts>, parts: Parts, gate: Gate = () => undefined) {
    this.#table = table
    this.#parts = parts
    this.#gate = gate
  }

  get api(): Api {
    return this.#table.api
  }

  async call(operation: string, read: Read, context: CallContext): Promise<object> {
    const { api, operations } = this.#table
    const row = Object.hasOwn(operations, operation) ? operations[operation] : undefined
    if (row !== undefined) {
      const work = (call: Call, input: object) => row.run(this.#parts, call, input as never)
      return ((await this.perform(operation, read, context, work)) as object | undefined) ?? {}
    }
    if (!api.isKnown(operation)) throw new SealtrailError('UnknownOperationException', '')
    throw await this.track(() => this.#refuseUnserved(operation, context))
  }

  /** AWS has the operation, and records who asked for it; so do we, of a caller who was believed. */
  async #refuseUnserved(name: string, context: CallContext): Promise<SealtrailError> {
    const { eventSource, internalFault, isGlobal = false, records = {} } = this.#table
    const operation: Operation = { name, input: undefined, output: undefined, http: undefined }
    const common = { eventSource, internalFault, isGlobal, records }
    const facts = { ...common, operation, isReadOnly: READS.test(name) }
    const says = `The operation ${name} is not supported.`
    const error = new SealtrailError('UnsupportedOperationException', says)
    await new Call(facts, context, this.#parts).fail(error)
    return error
  }

  /** Runs `work` as a call of `operation`, which is of the table. @throws SealtrailError `Closed` */
  async perform<Output>(
    operation: string,
    read: Read,
    context: CallContext,
    work: (call: Call, input: object) => Promise<Output>,
  ): Promise<Output> {
    this.#enter()
    let call: Call | undefined
    let taken: Taken | undefined
    try {
      call = this.begin(operation, context)
      taken = read(call.shape)
      call.takes(taken)
      const passing = this.pass(call)
      if (passing !== undefined) await passing
      const output = await work(call, taken.input)
      invariant(call.isRecorded, 'an operation leaves a record before it answers')
      return output
    } catch (error) {
      if (call?.isRecorded === false) {
        if (taken === undefined) this.#table.operations[operation]?.showMalformed?.(call)
        await call.fail(error)
      }
      throw error
    } finally {
      if (taken !== undefined) for (const blob of taken.blobs) blob.fill(0)
      this.#leave()
    }
  }

  /** A call whose records are committed together with others'. */
  begin(operation: string, context: CallContext): Call {
    return new Call(this.#factsOf(operation), context, this.#parts)
  }

  /** Lets a call through that was begun, and has taken its input; undefined when at once. */
  pass(call: Call): Promise<void> | undefined {
    return this.#gate(call)
  }

  #factsOf(name: string): CallFacts {
    let facts = this.#facts.get(name)
    if (facts === undefined) {
      const { api, eventSource, internalFault, isGlobal = false, operations } = this.#table
      const { records = {} } = this.#table
      const { run: _, showMalformed: __, ...row } = operations[name]!
      const operation = api.operation(name)!
      facts = { eventSource, internalFault, isGlobal, operation, records, ...row }
      this.#facts.set(name, facts)
    }
    return facts
  }

  /** @throws SealtrailError `Closed` */
  async track<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    this.#enter()
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  /** Takes no more calls, and waits for those under way. */
  async close(): Promise<void> {
    this.#isClosing = true
    while (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        const others = this.#whenIdle
        this.#whenIdle = () => {
          others?.()
          resolve()
        }
      })
    }
  }

  #enter(): void {
    if (this.#isClosing) throw new SealtrailError('Closed', 'the service is closed')
    this.#underWay++
  }

  #leave(): void {
    this.#underWay--
    if (this.#underWay === 0) this.#whenIdle?.()
  }
}
