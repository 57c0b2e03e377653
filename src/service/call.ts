/**
 * One call of one operation: who makes it, what it may, what it used, and the record it leaves.
 *
 * The record goes into the same commit as the effect, and the answer waits for both: no record, no answer. Nothing
 * succeeds that was not authorised. A call that uses several keys in a row (a batch) leaves a record for each use.
 * How a record is encoded is the room audit's business, who may is may.ts.
 *
 * @module
 */
import type { AuditEvent, AuditObject, AuditResource, TlsDetails } from '../audit/event.js'
import { newEventId } from '../audit/event-id.js'
import { buildRecord } from '../audit/record.js'
import { globalRegionOf } from '../aws/arn.js'
import type { Operation } from '../aws/model.js'
import { type ShownObject, shownOutput } from '../aws/shown.js'
import type { Clock } from '../clock.js'
import type { KeyHandle } from '../engine/engine.js'
import { isSealtrailError, isTold } from '../errors.js'
import { invariant } from '../invariant.js'
import type { Change, ShredChange } from '../store/change.js'
import type { Store } from '../store/store.js'
import type { Caller } from './caller.js'
import { type AccessRequest, authorise } from './may.js'

/** A call that went well, and would again, word for word, until a fact changes. */
export interface Repeatable {
  readonly operation: Operation
  /** What was said of the key, and of a new one, as it was said; undefined: nothing. */
  readonly said: readonly (string | undefined)[]
  readonly hasContext: boolean
  /** The first bytes of a CiphertextBlob: of the one that was opened, or of those that are made. */
  readonly header: Uint8Array
  /** Of a data key; 0 when a blob was opened. */
  readonly keyBytes: number
  readonly handle: KeyHandle
  /** Without what is another each time. */
  readonly output: object
  /** The record of success, with other values in it. */
  record(values: RepeatedValues): string
}

/** What is another in each record of calls that are alike. */
export interface RepeatedValues {
  readonly eventId: string
  readonly eventTime: number
  readonly requestId: string
  readonly sourceIpAddress: string
  readonly userAgent: string
  readonly encryptionContext: string
}

/** What a door knows of a call, whatever its operation. */
export interface CallContext {
  readonly caller: Caller
  /** A UUID; the caller sees it as x-amzn-RequestId. */
  readonly requestId: string
  readonly sourceIpAddress: string
  readonly userAgent: string
  /** Undefined when the call came without TLS: what aws:SecureTransport asks. */
  readonly tls?: TlsDetails
  /** Whoever wants to know that a call may be repeated. */
  readonly repeats?: ((call: Repeatable) => void) | undefined
}

/** What is the same for every call of an operation. */
export interface CallFacts {
  /** Such as `kms.amazonaws.com`. */
  readonly eventSource: string
  /** What callers hear of when something went wrong in here, such as `KMSInternalException`. */
  readonly internalFault: string
  /** Its records are of one region, wherever the caller is. */
  readonly isGlobal: boolean
  readonly operation: Operation
  /** CloudTrail's readOnly. */
  readonly isReadOnly: boolean
  /** Whether records of success show the answer. */
  readonly isAnswerShown: boolean
}

export class Call {
  readonly context: CallContext
  readonly #facts: CallFacts
  readonly #store: Store
  readonly #time: number
  readonly #resources: AuditResource[] = []
  #parameters: Record<string, AuditObject[string]> | undefined
  #isAuthorised = false
  #isRecorded = false

  constructor(facts: CallFacts, context: CallContext, { store, clock }: CallParts) {
    this.context = context
    this.#facts = facts
    this.#store = store
    this.#time = clock.now()
  }

  get operation(): string {
    return this.#facts.operation.name
  }

  get shape(): Operation {
    return this.#facts.operation
  }

  get caller(): Caller {
    return this.context.caller
  }

  /** True when the record of the call is durable, be it of success or of failure. */
  get isRecorded(): boolean {
    return this.#isRecorded
  }

  /** Ask after looking the resource up and before using it. @throws SealtrailError `AccessDeniedException` */
  may(request: AccessRequest): void {
    authorise(this.caller, request)
    this.#isAuthorised = true
  }

  /** As {@link may}, for what concerns no resource but the caller's own account. */
  mayInAccount(action: string): void {
    this.may({ action, owner: this.caller.account })
  }

  /** Of what everybody may, whatever policies say. */
  needsNoPermission(): void {
    this.#isAuthorised = true
  }

  /** The record shows these parameters from now on; they are the call's own. */
  show(parameters: ShownObject): void {
    this.#parameters = parameters as Record<string, AuditObject[string]>
  }

  /** The record shows a parameter that the caller left to its default. */
  showDefault(name: string, value: AuditObject[string]): void {
    if (this.#parameters !== undefined) this.#parameters[name] ??= value
  }

  /** The record names the resource. */
  uses(resource: AuditResource): void {
    this.#resources.push(resource)
  }

  /** The record of success; for commits that hold more than one call. */
  successRecord(output?: object): string {
    invariant(this.#isAuthorised, 'nothing is done that nobody was asked about')
    const shape = this.#facts.operation.output
    const isShown = shape !== undefined && output !== undefined && this.#facts.isAnswerShown
    return this.#record({ responseElements: isShown ? shownOutput(shape, output) : null })
  }

  /** The record of failure, as the caller will be told. */
  failureRecord(error: unknown): string {
    const told = { code: this.#facts.internalFault, message: '' }
    const { code, message } = isSealtrailError(error) && isTold(error) ? error : told
    return this.#record({
      responseElements: null,
      error: message === '' ? { code } : { code, message },
    })
  }

  /** Makes `changes` durable together with the record of success. */
  async succeed(
    changes: readonly Change[] = [],
    output?: object,
    shreds: readonly ShredChange[] = [],
  ): Promise<void> {
    await this.#store.commit({ changes, records: [this.successRecord(output)], shreds })
    this.#isRecorded = true
  }

  /** Behind {@link succeed}: tells whoever wants to know. */
  repeats(call: Omit<Repeatable, 'operation' | 'record'>): void {
    this.context.repeats?.({
      ...call,
      operation: this.#facts.operation,
      record: (values) => this.#repeatedRecord(values),
    })
  }

  #repeatedRecord({ encryptionContext, ...values }: RepeatedValues): string {
    const parameters = this.#parameters
    const shown = parameters?.encryptionContext === undefined ? {} : { encryptionContext }
    return this.#record({
      responseElements: null,
      requestParameters: parameters === undefined ? null : { ...parameters, ...shown },
      ...values,
    })
  }

  /** Makes the records of several uses durable, all or none. */
  async succeedMany(records: readonly string[]): Promise<void> {
    await this.#store.commit({ records })
    this.#isRecorded = true
  }

  /** Makes the record of failure durable. */
  async fail(error: unknown): Promise<void> {
    await this.#store.commit({ records: [this.failureRecord(error)] })
    this.#isRecorded = true
  }

  #record(outcome: Pick<AuditEvent, 'responseElements' | 'error'> & Partial<AuditEvent>): string {
    const { caller, requestId, sourceIpAddress, userAgent, tls } = this.context
    const { eventSource, isGlobal, operation, isReadOnly } = this.#facts
    return buildRecord({
      eventId: newEventId(this.#time),
      eventTime: this.#time,
      eventSource,
      eventName: operation.name,
      account: caller.account,
      region: isGlobal ? globalRegionOf(caller.region) : caller.region,
      identity: caller.identity,
      sourceIpAddress,
      userAgent,
      requestId,
      readOnly: isReadOnly,
      requestParameters: this.#parameters ?? null,
      resources: this.#resources,
      ...(tls === undefined ? {} : { tls }),
      ...outcome,
    })
  }
}

export interface CallParts {
  readonly store: Store
  readonly clock: Clock
}
