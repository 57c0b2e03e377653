/**
 * One call of one operation: who makes it, what it may, what it used, and the record it leaves.
 *
 * The record goes into the same commit as the effect, and the answer waits for both: no record, no answer. Nothing
 * succeeds that was not authorised. A call that uses several keys in a row (a batch) leaves a record for each use. Who
 * gets a record is in recipients.ts, how it is encoded in audit/, who may in deciding/.
 *
 * @module
 */
import type { AuditEvent, AuditObject, AuditResource } from '../../audit/event.js'
import { newEventId } from '../../audit/event-id.js'
import { buildRecord } from '../../audit/record.js'
import { globalRegionOf } from '../../aws/arn.js'
import type { Operation } from '../../aws/model.js'
import { type ShownObject, shownDate, shownOutput, shownPlainDate } from '../../aws/shown.js'
import type { Taken } from '../../aws/take.js'
import { randomId } from '../../bytes/random.js'
import type { Clock } from '../../clock.js'
import { isSealtrailError, isTold, type SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import type { Change, ShredChange } from '../../store/change.js'
import type { Store } from '../../store/store.js'
import type { Caller } from '../caller.js'
import type { Asker } from '../deciding/global-facts.js'
import { type AccessRequest, authorise, denialOf } from '../deciding/may.js'
import { ACCESS_DENIED, errorAsOther, tlsAsOther } from './as-other.js'
import type { CallContext, CallFacts } from './call-context.js'
import type { DataEventTrails } from './data-event.js'
import { ofDataEvent, ofManagementEvent, otherAccounts, type Told } from './recipients.js'
import type { Repeatable, RepeatedValues } from './repeatable.js'

/** What else is committed with a call's success. */
interface Beside {
  readonly shreds?: readonly ShredChange[]
  /** Of what the service does then by itself. */
  readonly records?: readonly string[]
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
  /** ARNs of what is another's, and may be known to be. */
  #known: Set<string> | undefined
  /** Whether it was authorised for what it says beyond caller, operation and key. */
  #dependsOnFacts = false
  #isRecorded = false
  /** Undefined: no record of it, whatever comes; or a management event. */
  readonly #takers: DataEventTrails | undefined
  /**
   * False for a data event that began when no trail took any. It leaves no record, so that nothing need be shown.
   */
  readonly isShown: boolean
  /** Records of calls that were made for this one. */
  #carried: readonly string[] = NO_RECORDS

  constructor(facts: CallFacts, context: CallContext, { store, clock, dataEvents }: CallParts) {
    this.context = context
    this.#facts = facts
    this.#store = store
    this.time = clock.now()
    if (facts.isDataEvent === true && dataEvents?.isAnyAsking() === true) this.#takers = dataEvents
    this.isShown = facts.isDataEvent !== true || this.#takers !== undefined
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

  /** The record does not show this parameter. */
  hide(name: string): void {
    if (this.#parameters !== undefined) delete this.#parameters[name]
  }

  /** The record of success shows this with what was answered, and what it shows there already. */
  showElements(elements: AuditObject): void {
    this.#elements = { ...this.#elements, ...elements }
  }

  /** The record shows this as additionalEventData, with what it shows there already. */
  showBeside(beside: AuditObject): void {
    this.#beside = { ...this.#beside, ...beside }
  }

  /** The record names the resource. */
  uses(resource: AuditResource): void {
    this.#resources.push(resource)
  }

  /** The same, of what a call may come upon more than once. */
  usesOnce(resource: AuditResource): void {
    const isNamed = ({ type, arn }: AuditResource) => type === resource.type && arn === resource.arn
    if (!this.#resources.some(isNamed)) this.uses(resource)
  }

  /** All is looked up again: the record names what is found then, and not twice. */
  looksAnew(): void {
    this.#resources.length = 0
  }

  /** The caller's record says whose it is; for who was allowed to use what is of another account. */
  tellsOwner(arn: string): void {
    this.#known = (this.#known ?? new Set()).add(arn)
  }

  /** The records of success; for commits that hold more than one call. */
  successRecords(output?: object): string[] {
    invariant(this.#isAuthorised, 'nothing is done that nobody was asked about')
    const told = this.#told(false)
    if (told.length === 0) return []
    const shape = this.#facts.operation.output
    const { isReadOnly, isAnswerShown = !isReadOnly } = this.#facts
    const isShown = shape !== undefined && output !== undefined && isAnswerShown
    const dates = this.#facts.records?.hasPlainDates ? shownPlainDate : shownDate
    const answered = isShown ? shownOutput(shape, output, dates) : undefined
    const elements = this.#elements === undefined ? answered : { ...answered, ...this.#elements }
    return this.#records(told, { responseElements: elements ?? null })
  }

  /**
   * The records of what the service did on the way, such as each removal of DeleteObjects, or failed to do: of the same
   * kind as the call, with another name, other parameters and other resources.
   */
  serviceRecords({ eventName, ...shown }: ServiceEvent, failure?: unknown): string[] {
    const { resources } = shown
    const error = failure === undefined ? undefined : this.#recorded(failure)
    const isDenied = error?.code === ACCESS_DENIED
    const told = this.#told(isDenied, { eventName, resources, isServiceEvent: true })
    const event = { eventName, ...shown, responseElements: null, isServiceEvent: true, error }
    return this.#records(told, event)
  }

  /** The records of failure, as the caller will be told. */
  failureRecords(failure: unknown): string[] {
    const error = this.#recorded(failure)
    const isDenied = error.code === ACCESS_DENIED
    const isHidden = isDenied && this.#facts.records?.hidesDenied === true
    return this.#records(this.#told(isDenied), {
      responseElements: null,
      ...(isHidden ? { requestParameters: null } : {}),
      error,
    })
  }

  #recorded(failure: unknown): NonNullable<AuditEvent['error']> {
    const told = { code: this.#facts.internalFault, message: '' }
    const { code, message } = isSealtrailError(failure) && isTold(failure) ? failure : told
    return { code: recordedCode(code), ...(message === '' ? {} : { message }) }
  }

  /** Makes `changes` durable together with the record of success, and with what comes of it. */
  async succeed(
    changes: readonly Change[] = [],
    output?: object,
    { shreds = [], records: others = [] }: Beside = {},
  ): Promise<void> {
    invariant(this.#isAuthorised, 'nothing is done that nobody was asked about')
    const records = [...this.#carried, ...this.successRecords(output), ...others]
    // Of a data event that nobody takes, and that changes nothing, there is nothing to keep.
    if (records.length + changes.length + shreds.length > 0) {
      await this.#store.commit({ changes, records, shreds })
    }
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
    const others = otherAccounts(this.caller.account, this.#resources)
    if (this.#dependsOnFacts || others !== undefined) return
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
    const records = [...this.#carried, ...this.failureRecords(error)]
    if (records.length > 0) await this.#store.commit({ records })
    this.#isRecorded = true
  }

  /** Who gets a record, and what is another in it. */
  #told(isDenied: boolean, event: Partial<AuditEvent> = {}): readonly Told[] {
    const { caller, region } = this
    const used = { resources: event.resources ?? this.#resources, known: this.#known }
    if (this.#facts.isDataEvent !== true) return ofManagementEvent(caller, used, isDenied)
    if (this.#takers === undefined) return []
    const { eventSource, operation, isReadOnly } = this.#facts
    const { eventName = this.#facts.eventName ?? operation.name, isServiceEvent = false } = event
    const asked = { eventSource, eventName, isReadOnly, isServiceEvent, region }
    return ofDataEvent(caller, asked, used, this.#takers)
  }

  #records(told: readonly Told[], outcome: Outcome): string[] {
    const shared = told.length > 1 ? { sharedEventId: randomId() } : {}
    return told.map((values) => {
      const shown = values.account === undefined ? outcome : this.#asOther(outcome, values)
      return this.#record({ ...shown, ...shared, ...values })
    })
  }

  /** As it is shown to the owner of what was used. */
  #asOther(outcome: Outcome, { resources = [] }: Told): Outcome {
    const { requestParameters = this.#shownParameters(), responseElements } = outcome
    const said = { requestParameters, responseElements }
    const { shownToOwner } = this.#facts.records ?? {}
    return {
      ...outcome,
      ...(shownToOwner === undefined ? said : shownToOwner(said, resources)),
      error: errorAsOther(outcome.error),
      tls: tlsAsOther(this.context.tls),
    }
  }

  #shownParameters(): AuditObject | null {
    return hasMembers(this.#parameters) ? this.#parameters : null
  }

  /** In one literal: an object that is put together from others is read more slowly than its record is written. */
  #record(outcome: Outcome): string {
    const { caller, http, sourceIpAddress, userAgent, tls } = this.context
    const { eventSource, operation, eventName = operation.name, isReadOnly, records } = this.#facts
    const { isDataEvent = false } = this.#facts
    const { resources = this.#resources } = outcome
    const isNamed = resources.length > 0 || records?.hasEmptyResources === true
    const { requestParameters = this.#shownParameters() } = outcome
    return buildRecord({
      eventId: outcome.eventId ?? newEventId(this.time),
      eventTime: outcome.eventTime ?? this.time,
      eventSource,
      eventName: outcome.eventName ?? eventName,
      account: outcome.account ?? caller.account,
      region: this.region,
      identity: outcome.identity ?? caller.identity,
      sourceIpAddress: outcome.sourceIpAddress ?? sourceIpAddress,
      userAgent: outcome.userAgent ?? userAgent,
      requestId: outcome.requestId ?? http?.requestId ?? this.context.requestId,
      readOnly: isReadOnly,
      requestParameters,
      responseElements: outcome.responseElements,
      additionalEventData: this.#beside,
      resources: isNamed ? resources : undefined,
      error: outcome.error,
      isDataEvent,
      isServiceEvent: outcome.isServiceEvent ?? false,
      sharedEventId: outcome.sharedEventId,
      tls: outcome.tls ?? tls,
    })
  }
}

/** CloudTrail says null of who gave none. */
function hasMembers<Members extends object>(members: Members | undefined): members is Members {
  for (const _ in members) return true
  return false
}

/** CloudTrail's name where it is not that of the API. */
function recordedCode(code: string): string {
  return code === 'AccessDeniedException' ? ACCESS_DENIED : code
}

type Outcome = Pick<AuditEvent, 'responseElements' | 'error'> & Partial<AuditEvent>

/** What a record of it shows. */
export interface ServiceEvent {
  readonly eventName: string
  readonly requestParameters: AuditObject
  readonly resources: readonly AuditResource[]
}

export interface CallParts {
  readonly store: Store
  readonly clock: Clock
  /** Who takes records of data events; nobody unless said. */
  readonly dataEvents?: DataEventTrails
}
