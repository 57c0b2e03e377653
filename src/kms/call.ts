/**
 * One call of one operation: who makes it, what it used, and the record it leaves.
 *
 * The record goes into the same commit as the effect, and the answer waits for both: no record, no answer.
 * A call that uses several keys in a row (a batch) leaves a record for each use. How a record is encoded is
 * the room audit's business.
 *
 * @module
 */
import { auditRecord } from '../audit/append.js'
import type { AuditObject, AuditResource, TlsDetails } from '../audit/event.js'
import { newEventId } from '../audit/event-id.js'
import type { Clock } from '../clock.js'
import { isSealtrailError } from '../errors.js'
import type { Caller } from '../service/caller.js'
import type { Change, NewRecord } from '../store/change.js'
import type { Store } from '../store/store.js'
import { auditObject } from './audit-object.js'
import { inputShape, type OperationName, outputShape } from './model-types.js'

/** What a door knows of a call, whatever its operation. */
export interface CallContext {
  readonly caller: Caller
  /** A UUID; the caller sees it as x-amzn-RequestId. */
  readonly requestId: string
  readonly sourceIpAddress: string
  readonly userAgent: string
  readonly tls?: TlsDetails
}

const EVENT_SOURCE = 'kms.amazonaws.com'

export class Call {
  readonly operation: OperationName
  readonly context: CallContext
  readonly #store: Store
  readonly #time: number
  readonly #isReadOnly: boolean
  readonly #resources: AuditResource[] = []
  #parameters: Record<string, AuditObject[string]> | undefined
  #isRecorded = false

  constructor(
    operation: OperationName,
    isReadOnly: boolean,
    context: CallContext,
    { store, clock }: { readonly store: Store; readonly clock: Clock },
  ) {
    this.operation = operation
    this.context = context
    this.#isReadOnly = isReadOnly
    this.#store = store
    this.#time = clock.now()
  }

  get caller(): Caller {
    return this.context.caller
  }

  /** True when the record of the call is durable, be it of success or of failure. */
  get isRecorded(): boolean {
    return this.#isRecorded
  }

  /** The record shows `input` from now on. */
  showInput(input: object): void {
    const shape = inputShape(this.operation)
    if (shape !== undefined) this.#parameters = { ...auditObject(shape, input) }
  }

  /** The record shows a parameter that the caller left to its default. */
  showDefault(name: string, value: AuditObject[string]): void {
    if (this.#parameters !== undefined) this.#parameters[name] ??= value
  }

  /** The record names the KMS resource `arn`. */
  uses(arn: string): void {
    const accountId = this.caller.account
    this.#resources.push({ accountId, type: 'AWS::KMS::Key', arn })
  }

  /** The record of success; for commits that hold more than one call. */
  successRecord(output?: object): NewRecord {
    const shape = outputShape(this.operation)
    const isShown = shape !== undefined && output !== undefined && !this.#isReadOnly
    return this.#record({ responseElements: isShown ? auditObject(shape, output) : null })
  }

  /** The record of failure, as the caller will be told. */
  failureRecord(error: unknown): NewRecord {
    // Names that AWS does not have are ours alone; callers hear of an internal error.
    const isTold = isSealtrailError(error) && error.code.endsWith('Exception')
    const { code, message } = isTold ? error : { code: 'KMSInternalException', message: '' }
    return this.#record({
      responseElements: null,
      error: message === '' ? { code } : { code, message },
    })
  }

  /** Makes `changes` durable together with the record of success. */
  async succeed(changes: readonly Change[] = [], output?: object): Promise<void> {
    await this.#store.commit({ changes, records: [this.successRecord(output)] })
    this.#isRecorded = true
  }

  /** Makes the records of several uses durable, all or none. */
  async succeedMany(records: readonly NewRecord[]): Promise<void> {
    await this.#store.commit({ records })
    this.#isRecorded = true
  }

  /** Makes the record of failure durable. */
  async fail(error: unknown): Promise<void> {
    await this.#store.commit({ records: [this.failureRecord(error)] })
    this.#isRecorded = true
  }

  #record(outcome: {
    readonly responseElements: AuditObject | null
    readonly error?: { readonly code: string; readonly message?: string }
  }): NewRecord {
    const { caller, requestId, sourceIpAddress, userAgent, tls } = this.context
    return auditRecord({
      eventId: newEventId(this.#time),
      eventTime: this.#time,
      eventSource: EVENT_SOURCE,
      eventName: this.operation,
      account: caller.account,
      region: caller.region,
      identity: caller.identity,
      sourceIpAddress,
      userAgent,
      requestId,
      readOnly: this.#isReadOnly,
      requestParameters: this.#parameters ?? null,
      resources: this.#resources,
      ...(tls === undefined ? {} : { tls }),
      ...outcome,
    })
  }
}
