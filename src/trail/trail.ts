/**
 * CloudTrail as a service: trails over the journal, their deliveries, their digests.
 *
 * Operations are in operations/, deliveries in delivery/ and turns/, digests in digests/; the wire form (AWS JSON) is in http/.
 * Source: AWS CloudTrail API reference.
 *
 * @module
 */
import { setMaxListeners } from 'node:events'
import { lowerCamel } from '../aws/model.js'
import { randomId } from '../bytes/random.js'
import { SealtrailError } from '../errors.js'
import { unlike } from '../given.js'
import type { S3 } from '../s3/s3.js'
import type { Caller } from '../service/caller.js'
import type { CallContext, CallSource } from '../service/calls/call-context.js'
import { type AwsService, Service, type ServiceTable, valuesOf } from '../service/service.js'
import { Locks } from '../store/keep/locks.js'
import { Arrivals } from './audit-events/arrivals.js'
import { DATA_TABLE } from './audit-events/put-audit-events.js'
import { Channels } from './channels/channels.js'
import { type CompactedFile, checkDay, compactFolders } from './compaction/compact.js'
import { timeText } from './delivery/names.js'
import { policiesFor, type TrailPolicies } from './delivery/policies.js'
import { SigningKeys } from './digests/signing-keys.js'
import { STREAMS_TABLE, type StreamInput } from './ingest/call.js'
import type { IngestOptions } from './ingest/ingest.js'
import type { EventSource } from './ingest/source.js'
import type { Ingested } from './ingest/stream.js'
import { CLOUDTRAIL_API, type InputOf, type OperationName } from './model.js'
import { mayInAccount, mayTrail } from './operations/find-trail.js'
import { OPERATIONS } from './operations.js'
import type { TrailParts } from './parts.js'
import type { FilePlace } from './reading/files.js'
import { asLookup, type TrailEvent } from './reading/filter.js'
import { givenQuery, type QueryFilter, queried } from './reading/query.js'
import { type Subscription, type SubscriptionFilter, Subscriptions } from './reading/subscribe.js'
import { unknownTrail } from './refusals.js'
import { dataEventTrails } from './trails/data-events.js'
import { trailRef } from './trails/name.js'
import { deliveryError, type Trail, type TrailState, trailArn } from './trails/trail.js'
import { Runner, type RunnerOptions } from './turns/runner.js'
import { type TrailValidation, validateTrail } from './validation/validate.js'

export type TrailOptions = Omit<TrailParts, 'channels' | 'signingKeys' | 'nudge'> &
  Pick<RunnerOptions, 'tickMs'>

export interface TrailService extends AwsService {
  /** CloudTrail Data: events of others that come through channels. */
  readonly data: AwsService
  /** The same service, as one caller sees it, who has been believed. */
  as(caller: Caller, source: CallSource): CloudTrail
  /** How it is with each trail. */
  deliveries(): readonly Deliveries[]
  /** Delivers all that is due now. */
  deliver(): Promise<void>
  /** Waits for calls and deliveries under way. Twice is fine. */
  close(): Promise<void>
}

/** Of a trail; times are milliseconds since the epoch. */
export interface Deliveries
  extends Pick<TrailState, 'isLogging'>,
    Shown<'deliveredAt' | 'error' | 'digestDeliveredAt' | 'digestError'> {
  readonly arn: string
}

type Shown<Names extends keyof TrailState> = {
  readonly [Name in Names]: TrailState[Name] | undefined
}

/** A method for each operation, such as `createTrail` for CreateTrail. */
type CloudTrailMethods = {
  readonly [Name in OperationName as Uncapitalize<Name>]: (
    input: InputOf<Name>,
  ) => ReturnType<(typeof OPERATIONS)[Name]['run']>
}

export interface CloudTrail extends CloudTrailMethods {
  /**
   * Whether all that a trail of the caller's has delivered is as it was; read as the caller.
   * @param name its name or ARN.
   * @throws SealtrailError `TrailNotFoundException`, and as reading its bucket does
   */
  validateTrail(name: string): Promise<TrailValidation>
  /**
   * Events of the caller's account, of all regions, as they become durable; in that order. Whoever may ask LookupEvents may
   * have them, and is recorded as asking it once. Waiting for an event does not keep the process alive.
   * @throws SealtrailError `InputInvalid`; the first event rejects with `AccessDeniedException`, any with `StoreDamaged`
   */
  subscribe(filter?: SubscriptionFilter): Subscription
  /**
   * Events of the caller's account of the past, from delivered log files and the journal, each once, in the order of time.
   * Recorded as one LookupEvents, and as what reading log files leaves.
   * @throws SealtrailError `InputInvalid`; events reject with `AccessDeniedException`, `TrailNotFoundException`, and as
   * reading log files does
   */
  query(filter?: QueryFilter): AsyncIterableIterator<TrailEvent, undefined>
  /**
   * Puts the log files of days that are over together into few, beside them; read and put as the caller.
   * @param name its name or ARN.
   * @param day such as `2026-01-31`; all unless said.
   * @returns the files that were made.
   * @throws SealtrailError `TrailNotFoundException`, `InputInvalid`, and as reading and putting objects does
   */
  compact(name: string, day?: string): Promise<CompactedFile[]>
  /**
   * Events that somebody else made, into log files of a trail of the caller's; in bounded memory, as fast as they can be
   * made safe. Resolves when all are. Recorded as one PutAuditEvents, with how many are safe. Lines of JSON, as bytes or text, or events as objects; or what yields any of them.
   * @param name its name or ARN.
   * @throws SealtrailError `TrailNotFoundException`, `TrailNotLogging`, `InputInvalid` for the first line that is no event,
   * `AccessDeniedException`, and as PutObject does; `detail.events` of them are safe.
   */
  ingest(name: string, source: EventSource, options?: IngestOptions): Promise<Ingested>
  /**
   * The policies that its bucket and its key need; of a trail that is not there yet, with the bucket that it will have. For
   * whoever may ask GetTrail; nothing is recorded.
   * @throws SealtrailError `AccessDeniedException`, `InputInvalid`, `InvalidTrailNameException`
   */
  trailPolicies(name: string, bucket?: string, prefix?: string): TrailPolicies
}

const TABLE: ServiceTable<TrailParts> = {
  api: CLOUDTRAIL_API,
  eventSource: 'cloudtrail.amazonaws.com',
  internalFault: 'InternalFailure',
  operations: OPERATIONS,
}

/** @throws SealtrailError `StoreDamaged`, `StoreFailed` */
export async function createTrail(options: TrailOptions): Promise<TrailService> {
  const { store, root } = options
  const channels = await Channels.open(store, root)
  const signingKeys = await SigningKeys.open(store, root)
  const { tickMs, ...given } = options
  const nudge = () => runner.nudge()
  const parts: TrailParts = { ...given, channels, signingKeys, nudge }
  const runner = new Runner(parts, { slotMs: parts.slotMs, tickMs })
  const service = new Service(TABLE, parts)
  const dataEvents = dataEventTrails(parts.trails)
  const data = new Service(DATA_TABLE, { ...parts, dataEvents, arrivals: new Arrivals(parts) })
  const streams = new Service(STREAMS_TABLE, parts)
  const closing = new AbortController()
  // As many streams as there are.
  setMaxListeners(0, closing.signal)
  const subscriptions = new Subscriptions(parts)
  const compactions = new Locks()
  const services = { service, streams, closing: closing.signal, subscriptions, compactions }
  return {
    api: service.api,
    call: (operation, read, context) => service.call(operation, read, context),
    data,
    as: (caller, source) => cloudtrailAs(parts, services, caller, source),
    deliveries: () => parts.trails.all().filter(isThere).map(deliveriesOf),
    deliver: () => runner.run(),
    async close() {
      subscriptions.close()
      // Streams of events may have no end.
      closing.abort()
      await data.close()
      await streams.close()
      await service.close()
      await runner.close()
    },
  }
}

/** One that was deleted may deliver still, and have a namesake. */
const isThere = ({ state }: Trail) => state.deletedAt === undefined

function deliveriesOf(trail: Trail): Deliveries {
  const { isLogging, deliveredAt, digestDeliveredAt, digestError } = trail.state
  const error = deliveryError(trail.state)
  const times = { deliveredAt, error, digestDeliveredAt, digestError }
  return { arn: trailArn(trail), isLogging, ...times }
}

interface Services {
  readonly service: Service<TrailParts>
  readonly streams: Service<TrailParts>
  readonly closing: AbortSignal
  readonly subscriptions: Subscriptions
  readonly compactions: Locks
}

function cloudtrailAs(
  parts: TrailParts,
  { service, streams, closing, subscriptions, compactions }: Services,
  caller: Caller,
  source: CallSource,
): CloudTrail {
  const find = (name: string): Trail | undefined => {
    if (typeof name !== 'string') throw unlike('the name of a trail', 'a string', name)
    const ref = trailRef(name, caller)
    return ref.account === caller.account ? parts.trails.find(ref) : undefined
  }
  const found = (name: string): Trail => {
    const trail = find(name)
    if (trail === undefined) throw unknownTrail(trailArn(trailRef(name, caller)), caller.account)
    return trail
  }
  /** Its bucket may be elsewhere. */
  const s3Of = async ({ config }: Trail): Promise<S3> => {
    const bucket = await parts.s3.bucket(config.bucket)
    return parts.s3.as({ ...caller, region: bucket?.region ?? caller.region }, source)
  }
  const placeOf = async (trail: Trail): Promise<FilePlace> => {
    const { bucket, prefix } = trail.config
    return { s3: await s3Of(trail), bucket, prefix, account: trail.account }
  }
  const { account } = caller
  const mayLookUp = (filter: QueryFilter): Promise<void> => {
    const context: CallContext = { caller, requestId: randomId(), ...source }
    return service.perform('LookupEvents', valuesOf(asLookup(filter)), context, async (call) => {
      mayInAccount(call)
      await call.succeed()
    })
  }
  return {
    ...methods(service, caller, source),
    async validateTrail(name) {
      const trail = found(name)
      const s3 = await s3Of(trail)
      return await service.track(() => validateTrail(parts, s3, trail))
    },
    async compact(name, day) {
      const today = timeText(parts.clock.now()).slice(0, 10)
      checkDay(day, today)
      const trail = found(name)
      const place = await placeOf(trail)
      // One after the other, where they have one place.
      return await compactions.run([JSON.stringify([place.bucket, place.prefix])], () =>
        compactFolders({ root: parts.root, trail, place, today }, day),
      )
    },
    subscribe(filter = {}) {
      return subscriptions.open(account, filter, mayLookUp)
    },
    query(given = {}) {
      const filter = givenQuery(given)
      async function* events(): AsyncGenerator<TrailEvent, undefined> {
        await mayLookUp(filter)
        const trails = filter.trail === undefined ? parts.trails.of(account) : [found(filter.trail)]
        // Several may deliver into one place.
        const places = new Map<string, FilePlace>()
        for (const trail of trails) {
          const place = await placeOf(trail)
          places.set(JSON.stringify([place.bucket, place.prefix]), place)
        }
        return yield* queried(parts, { account, filter, places: [...places.values()] })
      }
      return events()
    },
    async ingest(name, events, options) {
      const context: CallContext = { caller, requestId: randomId(), ...source }
      const input: StreamInput = { name, events, options, closing }
      const read = () => ({ input, shown: {}, blobs: [] })
      return (await streams.call('PutAuditEvents', read, context)) as Ingested
    },
    trailPolicies(name, bucket, prefix) {
      const trail = find(name)
      const context: CallContext = { caller, requestId: randomId(), ...source }
      mayTrail(service.begin('GetTrail', context), trailRef(name, caller), trail)
      const { config } = trail ?? {}
      const place = { bucket: bucket ?? config?.bucket, prefix: prefix ?? config?.prefix }
      if (place.bucket === undefined) {
        const says = 'a trail that is not there yet needs the name of its bucket'
        throw new SealtrailError('InputInvalid', says)
      }
      const whole = { ...trailRef(name, caller), ...place, bucket: place.bucket }
      return policiesFor(whole)
    },
  }
}

function methods(service: AwsService, caller: Caller, source: CallSource): CloudTrailMethods {
  const made: Record<string, unknown> = {}
  for (const name of Object.keys(OPERATIONS)) {
    made[lowerCamel(name)] = (input: unknown) => {
      const context: CallContext = { caller, requestId: randomId(), ...source }
      return service.call(name, valuesOf(input), context)
    }
  }
  return made as unknown as CloudTrailMethods
}
