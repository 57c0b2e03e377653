/**
 * CloudTrail as a service: trails over the journal, their deliveries, their digests.
 *
 * Operations are in operations/, deliveries in delivery/, digests in digests/; the wire form (AWS JSON) is in http/.
 * Source: AWS CloudTrail API reference.
 *
 * @module
 */
import { setMaxListeners } from 'node:events'
import { lowerCamel } from '../aws/model.js'
import { randomId } from '../bytes/random.js'
import { SealtrailError } from '../errors.js'
import { unlike } from '../given.js'
import type { CallContext, CallSource } from '../service/call.js'
import type { Caller } from '../service/caller.js'
import { type AwsService, Service, type ServiceTable, valuesOf } from '../service/service.js'
import { Arrivals } from './audit-events/arrivals.js'
import { type AuditEventsParts, DATA_TABLE } from './audit-events/put-audit-events.js'
import { Channels } from './channels/channels.js'
import { policiesFor, type TrailPolicies } from './delivery/policies.js'
import { SigningKeys } from './digests/signing-keys.js'
import { type IngestOptions, ingest } from './ingest/ingest.js'
import type { EventSource } from './ingest/source.js'
import type { Ingested } from './ingest/stream.js'
import { CLOUDTRAIL_API, type InputOf, type OperationName } from './model.js'
import { OPERATIONS } from './operations.js'
import type { TrailParts } from './parts.js'
import { unknownTrail } from './refusals.js'
import { Runner, type RunnerOptions } from './runner.js'
import { trailRef } from './trails/name.js'
import { type Trail, trailArn } from './trails/trail.js'
import { Trails } from './trails/trails.js'
import { type TrailValidation, validateTrail } from './validation/validate.js'

export type TrailOptions = Omit<TrailParts, 'trails' | 'channels' | 'signingKeys' | 'nudge'> &
  Pick<RunnerOptions, 'tickMs'>

export interface TrailService extends AwsService {
  /** CloudTrail Data: events of others that come through channels. */
  readonly data: AwsService
  /** The same service, as one caller sees it, who has been believed. */
  as(caller: Caller, source: CallSource): CloudTrail
  /** Delivers all that is due now. */
  deliver(): Promise<void>
  /** Waits for calls and deliveries under way. Twice is fine. */
  close(): Promise<void>
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
   * Events that somebody else made, into log files of a trail of the caller's; in bounded memory, as fast as they can be
   * made safe. Resolves when all are. Lines of JSON, as bytes or text, or events as objects; or what yields any of them.
   * @param name its name or ARN.
   * @throws SealtrailError `TrailNotFoundException`, `TrailNotLogging`, `InputInvalid` for the first line that is no event,
   * `AccessDeniedException`, and as PutObject does; `detail.events` of them are safe.
   */
  ingest(name: string, source: EventSource, options?: IngestOptions): Promise<Ingested>
  /** The policies that its bucket and its key need; of a trail that is not there yet, with the bucket that it will have. */
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
  const trails = await Trails.open(store, root)
  const channels = await Channels.open(store, root)
  const signingKeys = await SigningKeys.open(store, root)
  const { tickMs, ...given } = options
  const nudge = () => runner.nudge()
  const parts: TrailParts = { ...given, trails, channels, signingKeys, nudge }
  const runner = new Runner(parts, { slotMs: parts.slotMs, tickMs })
  const service = new Service(TABLE, parts)
  const data = new Service(DATA_TABLE, { ...parts, arrivals: new Arrivals(parts) })
  const closing = new AbortController()
  // As many streams as there are.
  setMaxListeners(0, closing.signal)
  return {
    api: service.api,
    call: (operation, read, context) => service.call(operation, read, context),
    data,
    as: (caller, source) => {
      return cloudtrailAs(parts, { service, data, closing: closing.signal }, caller, source)
    },
    deliver: () => runner.run(),
    async close() {
      // Streams of events may have no end.
      closing.abort()
      await data.close()
      await service.close()
      await runner.close()
    },
  }
}

interface Services {
  readonly service: Service<TrailParts>
  readonly data: Service<AuditEventsParts>
  readonly closing: AbortSignal
}

function cloudtrailAs(
  parts: TrailParts,
  { service, data, closing }: Services,
  caller: Caller,
  source: CallSource,
): CloudTrail {
  const find = (name: string): Trail | undefined => {
    if (typeof name !== 'string') throw unlike('the name of a trail', 'a string', name)
    const ref = trailRef(name, caller)
    return ref.account === caller.account ? parts.trails.find(ref) : undefined
  }
  return {
    ...methods(service, caller, source),
    async validateTrail(name) {
      const trail = find(name)
      if (trail === undefined) throw unknownTrail(trailArn(trailRef(name, caller)), caller.account)
      // Its bucket may be elsewhere.
      const bucket = await parts.s3.bucket(trail.config.bucket)
      const region = bucket?.region ?? caller.region
      const s3 = parts.s3.as({ ...caller, region }, source)
      return await service.track(() => validateTrail(parts, s3, trail))
    },
    async ingest(name, events, options) {
      const trail = find(name)
      const ref = trailRef(name, caller)
      const call = data.begin('PutAuditEvents', { caller, requestId: randomId(), ...source })
      const [arn, tags] = [trailArn(ref), trail?.config.tags]
      call.may({ action: 'cloudtrail-data:PutAuditEvents', owner: ref.account, arn, tags })
      if (trail === undefined) throw unknownTrail(arn, caller.account)
      return await data.track(() => ingest(parts, trail, events, options, closing))
    },
    trailPolicies(name, bucket, prefix) {
      const trail = find(name)
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
