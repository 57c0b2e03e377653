/**
 * One call of one operation: who makes it, what it may, what it used, and the record it leaves.
 *
 * The record goes into the same commit as the effect, and the answer waits for both: no record, no answer. Nothing
 * succeeds that was not authorised. A call that uses several keys in a row (a batch) leaves a record for each use. A
 * call that uses what is another account's leaves that account a record as well, as AWS does; one that is denied does not.
 * How a record is encoded is the room audit's business, who may is may.ts.
 *
 * @module
 */
import type { AuditObject, AuditResource, TlsDetails } from '../audit/event.js'
import { newEventId } from '../audit/event-id.js'
import type { Identity } from '../audit/identity.js'
import { buildRecord } from '../audit/record.js'
import type { Operation } from '../aws/model.js'
import { type ShownObject, shownOutput } from '../aws/shown.js'
import { randomId } from '../bytes/random.js'
import type { Clock } from '../clock.js'
import { isSealtrailError, isTold } from '../errors.js'
import { invariant } from '../invariant.js'
import type { Change, ShredChange } from '../store/change.js'
import type { Store } from '../store/store.js'
import type { Caller } from './caller.js'
import { type AccessRequest, authorise } from './may.js'

/** What a door knows of a call, whatever its operation. */
export interface CallContext {
  readonly caller: Caller
  /** A UUID; the caller sees it as x-amzn-RequestId. */
  readonly requestId: string
  readonly sourceIpAddress: string
  readonly userAgent: string
  readonly tls?: TlsDetails
}

/** What is the same for every call of an operation. */
export interface CallFacts {
  /** Such as `kms.amazonaws.com`. */
  readonly eventSource: string
  /** What callers hear of when something went wrong in here, such as `KMSInternalException`. */
  readonly internalFault: string
  readonly operation: Operation
  /** CloudTrail's readOnly. */
  readonly isReadOnly: boolean
}

export class Call {
  readonly context: CallContext
  readonly #facts: CallFacts
  readonly #store: Store
  readonly #time: number
  readonly #resources: AuditResource[] = []
  #parameters: Record<string, AuditObject[string]> | undefined
  #elements: AuditObject | undefined
  #beside: AuditObject | undefined
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

  /** The record shows these parameters from now on, or none; they are the call's own. */
  show(parameters: ShownObject | undefined): void {
    this.#parameters = parameters as Record<string, AuditObject[string]> | undefined
  }

  /** The record shows a parameter that the caller left to its default. */
  showDefault(name: string, value: AuditObject[string]): void {
    if (this.#parameters !== undefined) this.#parameters[name] ??= value
  }

  /** The record of success shows this with what was answered. */
  showElements(elements: AuditObject): void {
    this.#elements = elements
  }

  /** The record shows this as additionalEventData. */
  showBeside(beside: AuditObject): void {
    this.#beside = beside
  }

  /** The record names the resource. */
  uses(resource: AuditResource): void {
    this.#resources.push(resource)
  }

  /** The records of success; for commits that hold more than one call. */
  successRecords(output?: object): string[] {
    invariant(this.#isAuthorised, 'nothing is done that nobody was asked about')
    const shape = this.#facts.operation.output
    const isShown = shape !== undefined && output !== undefined && !this.#facts.isReadOnly
    const answered = isShown ? shownOutput(shape, output) : undefined
    const elements = this.#elements === undefined ? answered : { ...answered, ...this.#elements }
    return this.#records({ responseElements: elements ?? null })
  }

  /** The records of failure, as the caller will be told. */
  failureRecords(error: unknown): string[] {
    const told = { code: this.#facts.internalFault, message: '' }
    const { code, message } = isSealtrailError(error) && isTold(error) ? error : told
    return this.#records({
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
    await this.#store.commit({ changes, records: this.successRecords(output), shreds })
    this.#isRecorded = true
  }

  /** Makes the records of several uses durable, all or none. */
  async succeedMany(records: readonly string[]): Promise<void> {
    await this.#store.commit({ records })
    this.#isRecorded = true
  }

  /** Makes the record of failure durable. */
  async fail(error: unknown): Promise<void> {
    await this.#store.commit({ records: this.failureRecords(error) })
    this.#isRecorded = true
  }

  /** The caller's, and one for each other account whose resource was used, unless the call was denied. */
  #records(outcome: Outcome): string[] {
    const { account, identity } = this.caller
    if (outcome.error?.code === 'AccessDeniedException') {
      return [this.#record(outcome, account, identity)]
    }
    let others: Set<string> | undefined
    for (const { accountId } of this.#resources) {
      if (accountId !== account) others = (others ?? new Set()).add(accountId)
    }
    if (others === undefined) return [this.#record(outcome, account, identity)]
    const sharedEventId = randomId()
    const stranger = asStranger(identity)
    return [
      this.#record(outcome, account, identity, sharedEventId),
      ...[...others].map((other) => this.#record(outcome, other, stranger, sharedEventId)),
    ]
  }

  #record(outcome: Outcome, account: string, identity: Identity, sharedEventId?: string): string {
    const { caller, requestId, sourceIpAddress, userAgent, tls } = this.context
    const { eventSource, operation, isReadOnly } = this.#facts
    return buildRecord({
      eventId: newEventId(this.#time),
      eventTime: this.#time,
      eventSource,
      eventName: operation.name,
      account,
      region: caller.region,
      identity,
      sourceIpAddress,
      userAgent,
      requestId,
      readOnly: isReadOnly,
      requestParameters: this.#parameters ?? null,
      resources: this.#resources,
      ...(this.#beside === undefined ? {} : { additionalEventData: this.#beside }),
      ...(sharedEventId === undefined ? {} : { sharedEventId }),
      ...(tls === undefined ? {} : { tls }),
      ...outcome,
    })
  }
}

interface Outcome {
  readonly responseElements: AuditObject | null
  readonly error?: { readonly code: string; readonly message?: string }
}

/** As another account's record shows a caller: an account, of whom it learns no more. A service is known to all. */
function asStranger(identity: Identity): Identity {
  const { type, principalId, accountId } = identity
  if (type === 'AWSService') return identity
  return {
    type: 'AWSAccount',
    ...(principalId === undefined ? {} : { principalId }),
    ...(accountId === undefined ? {} : { accountId }),
  }
}

export interface CallParts {
  readonly store: Store
  readonly clock: Clock
}
