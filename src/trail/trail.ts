/**
 * CloudTrail as a service: trails over the journal, their deliveries, their digests.
 *
 * Operations are in operations/, deliveries in delivery/ and turns/, digests in digests/; the wire form (AWS JSON) is in http/.
 * Source: AWS CloudTrail API reference.
 *
 * @module
 */
import { lowerCamel } from '../aws/model.js'
import { randomId } from '../bytes/random.js'
import { SealtrailError } from '../errors.js'
import { unlike } from '../given.js'
import type { CallContext, CallSource } from '../service/call.js'
import type { Caller } from '../service/caller.js'
import { type AwsService, Service, type ServiceTable, valuesOf } from '../service/service.js'
import { policiesFor, type TrailPolicies } from './delivery/policies.js'
import { SigningKeys } from './digests/signing-keys.js'
import { CLOUDTRAIL_API, type InputOf, type OperationName } from './model.js'
import { OPERATIONS } from './operations.js'
import type { TrailParts } from './parts.js'
import { unknownTrail } from './refusals.js'
import { trailRef } from './trails/name.js'
import { type Trail, trailArn } from './trails/trail.js'
import { Trails } from './trails/trails.js'
import { Runner, type RunnerOptions } from './turns/runner.js'
import { type TrailValidation, validateTrail } from './validation/validate.js'

export type TrailOptions = Omit<TrailParts, 'trails' | 'signingKeys' | 'nudge'> & RunnerOptions

export interface TrailService extends AwsService {
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
  const signingKeys = await SigningKeys.open(store, root)
  const { slotMs, tickMs, ...given } = options
  const parts: TrailParts = { ...given, trails, signingKeys, nudge: () => runner.nudge() }
  const runner = new Runner(parts, { slotMs, tickMs })
  const service = new Service(TABLE, parts)
  return {
    api: service.api,
    call: (operation, read, context) => service.call(operation, read, context),
    as: (caller, source) => cloudtrailAs(parts, service, caller, source),
    deliver: () => runner.run(),
    async close() {
      await service.close()
      await runner.close()
    },
  }
}

function cloudtrailAs(
  parts: TrailParts,
  service: Service<TrailParts>,
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
