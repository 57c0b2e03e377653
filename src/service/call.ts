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
import type { AuditEvent, AuditObject, AuditResource, TlsDetails } from '../audit/event.js'
import { newEventId } from '../audit/event-id.js'
import type { Identity } from '../audit/identity.js'
import { buildRecord } from '../audit/record.js'
import { globalRegionOf } from '../aws/arn.js'
import type { Operation } from '../aws/model.js'
import { type ShownObject, shownOutput } from '../aws/shown.js'
import type { Taken } from '../aws/take.js'
import { randomId } from '../bytes/random.js'
import type { Clock } from '../clock.js'
import { isSealtrailError, isTold, type SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'
import type { Change, ShredChange } from '../store/change.js'
import type { Store } from '../store/store.js'
import type { Caller } from './caller.js'
import type { Asker } from './global-facts.js'
import { type AccessRequest, authorise, denialOf } from './may.js'
import type { Repeatable, RepeatedValues } from './repeatable.js'

/** What a door knows of a call, whatever its operation. */
export interface CallContext {
  readonly caller: Caller
  /** A UUID; the caller sees it as x-amzn-RequestId. */
  readonly requestId: string
  readonly sourceIpAddress: string
  readonly userAgent: string
  /** Undefined when the call came without TLS: what aws:SecureTransport asks. */
  readonly tls?: TlsDetails
  /** Undefined for a program's call. */
  readonly http?: HttpFacts
  /** Whoever wants to know that a call may be repeated. */
  readonly repeats?: ((call: Repeatable) => void) | undefined
}

/** What records and policies of S3 show of the request itself. */
export interface HttpFacts {
  /** The Host header. */
  readonly host: string
  readonly authType: 'REST-HEADER' | 'REST-QUERY-STRING' | 'POST'
  /** When it was signed, milliseconds since the epoch; of a presigned request. */
  readonly presignedAt?: number
  /** x-amz-content-sha256. */
  readonly contentSha256?: string
}

/** How a program's calls show in their records. */
export type CallSource = Pick<CallContext, 'sourceIpAddress' | 'userAgent'>

/** What is the same for every call of an operation. */
export interface CallFacts {
  /** Such as `kms.amazonaws.com`. */
  readonly eventSource: string
  /** What callers hear of when something went wrong in here, such as `KMSInternalException`. */
  readonly internalFault: string
  /** Its records are of one region, wherever the caller is. */
  readonly isGlobal: boolean
  readonly operation: Operation
  /** As records name it; the operation's name unless said. */
  readonly eventName?: string
  /** CloudTrail's readOnly. */
  readonly isReadOnly: boolean
  /** Records of success show the answer, though it changes nothing. */
  readonly isAnswerShown?: boolean
  /** CloudTrail's data events, such as PutObject: no record of them, unless somebody asked for it. */
  readonly isDataEvent?: boolean
}

const NO_RECORDS: readonly string[] = []

export class Call implements Asker {
  readonly context: CallContext
  /** When it began; milliseconds since the epoch. */
  readonly time: number
  readonly #facts: CallFacts
  readonly #store: Store
  readonly #resources: AuditResource[] = []
  #input: object | undefined
  #parameters: Record<string, AuditObject[string]> | undefined
  #elements: AuditObject | undefined
  #beside: AuditObject | undefined
  #isAuthorised = false
  /** Whether it was authorised for what it says beyond caller, operation and key. */
  #dependsOnFacts = false
  #isRecorded = false
  /** Records of calls that were made for this one. */
  #carried: readonly string[] = NO_RECORDS

  constructor(facts: CallFacts, context: CallContext, { store, clock }: CallParts) {
    this.context = context
    this.#facts = facts
    this.#store = store
    this.time = clock.now()
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

  /** What it asks for, in the members of the model; undefined before it was taken. */
  get input(): object | undefined {
    return this.#input
  }

  /** That its records are of. */
  get region(): string {
    const { region } = this.caller
    return this.#facts.isGlobal ? globalRegionOf(region) : region
  }

  /** Ask after looking the resource up and before using it. @throws SealtrailError `AccessDeniedException` */
  may(request: AccessRequest): void {
    if (authorise(this, request)) this.#dependsOnFacts = true
    this.#isAuthorised = true
  }

  /** How {@link may} would refuse; undefined when it would not. */
  denial(request: AccessRequest): SealtrailError | undefined {
    return denialOf(this, request)
  }

  /** Of what everybody may, whatever policies say. */
  needsNoPermission(): void {
    this.#isAuthorised = true
  }

  /** The record shows the input from now on. */
  takes({ input, shown }: Taken): void {
    this.#input = input
    this.show(shown)
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
    const { isReadOnly, isAnswerShown = !isReadOnly } = this.#facts
    const isShown = shape !== undefined && output !== undefined && isAnswerShown
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
      error: { code: recordedCode(code), ...(message === '' ? {} : { message }) },
    })
  }

  /** Makes `changes` durable together with the record of success. */
  async succeed(
    changes: readonly Change[] = [],
    output?: object,
    shreds: readonly ShredChange[] = [],
  ): Promise<void> {
    invariant(this.#isAuthorised, 'nothing is done that nobody was asked about')
    const own = this.#facts.isDataEvent ? NO_RECORDS : this.successRecords(output)
    await this.#store.commit({ changes, records: [...this.#carried, ...own], shreds })
    this.#isRecorded = true
  }

  /**
   * Leaves the record of success to `other`, on whose behalf it was made: it is committed with what becomes of that one,
   * be it success or failure. For what ends within moments, as a call that is made for nobody else never has an effect.
   */
  succeedWith(other: Call): void {
    other.#carried = [...other.#carried, ...this.successRecords()]
    this.#isRecorded = true
  }

  /** Behind {@link succeed}: tells whoever wants to know. A call that was allowed for its facts does not repeat. */
  repeats(call: Omit<Repeatable, 'operation' | 'record'>): void {
    // Nor does one that leaves more than one record.
    if (this.#dependsOnFacts || this.#otherAccounts() !== undefined) return
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
    const own = this.#facts.isDataEvent ? NO_RECORDS : this.failureRecords(error)
    await this.#store.commit({ records: [...this.#carried, ...own] })
    this.#isRecorded = true
  }

  /** The caller's, and one for each other account whose resource was used, unless the call was denied. */
  #records(outcome: Outcome): string[] {
    const isDenied = outcome.error?.code === ACCESS_DENIED
    const others = isDenied ? undefined : this.#otherAccounts()
    if (others === undefined) return [this.#record(outcome)]
    const shared = { ...outcome, sharedEventId: randomId() }
    const identity = asStranger(this.caller.identity)
    return [
      this.#record(shared),
      ...[...others].map((account) => this.#record({ ...shared, account, identity })),
    ]
  }

  /** Whose resources were used; undefined when they were all the caller's. */
  #otherAccounts(): Set<string> | undefined {
    const { account } = this.caller
    let others: Set<string> | undefined
    for (const { accountId } of this.#resources) {
      if (accountId !== account) others = (others ?? new Set()).add(accountId)
    }
    return others
  }

  #record(outcome: Outcome): string {
    const { caller, requestId, sourceIpAddress, userAgent, tls } = this.context
    const { eventSource, operation, eventName = operation.name, isReadOnly } = this.#facts
    return buildRecord({
      eventId: newEventId(this.time),
      eventTime: this.time,
      eventSource,
      eventName,
      account: caller.account,
      region: this.region,
      identity: caller.identity,
      sourceIpAddress,
      userAgent,
      requestId,
      readOnly: isReadOnly,
      requestParameters: this.#parameters ?? null,
      resources: this.#resources,
      ...(this.#beside === undefined ? {} : { additionalEventData: this.#beside }),
      ...(tls === undefined ? {} : { tls }),
      ...outcome,
    })
  }
}

const ACCESS_DENIED = 'AccessDenied'

/** CloudTrail's name where it is not that of the API. */
function recordedCode(code: string): string {
  return code === 'AccessDeniedException' ? ACCESS_DENIED : code
}

type Outcome = Pick<AuditEvent, 'responseElements' | 'error'> & Partial<AuditEvent>

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
