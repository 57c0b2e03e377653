/**
 * CloudTrail as a service: trails over the journal, their deliveries, their digests.
 *
 * Operations are in operations/, deliveries in delivery/, digests in digests/; the wire form (AWS JSON) is in http/.
 * Source: AWS CloudTrail API reference.
 *
 * @module
 */
import { lowerCamel } from '../aws/model.js'
import { randomId } from '../bytes/random.js'
import type { CallContext, CallSource } from '../service/call.js'
import type { Caller } from '../service/caller.js'
import { type AwsService, Service, type ServiceTable, valuesOf } from '../service/service.js'
import { SigningKeys } from './digests/signing-keys.js'
import { CLOUDTRAIL_API, type InputOf, type OperationName } from './model.js'
import { OPERATIONS } from './operations.js'
import type { TrailParts } from './parts.js'
import { unknownTrail } from './refusals.js'
import { Runner, type RunnerOptions } from './runner.js'
import { trailRef } from './trails/name.js'
import { trailArn } from './trails/trail.js'
import { Trails } from './trails/trails.js'
import { type TrailValidation, validateTrail } from './validation/validate.js'

export type TrailOptions = Omit<TrailParts, 'trails' | 'signingKeys' | 'nudge'> & RunnerOptions

export interface TrailService extends AwsService {
  /** The same service, as one caller sees it, who has been believed. */
  as(caller: Caller, source: CallSource): CloudTrail
  /**
   * Whether all that a trail of the caller's has delivered is as it was; read as the caller.
   * @param name its name or ARN.
   * @throws SealtrailError `TrailNotFoundException`, and as reading the bucket does
   */
  validate(caller: Caller, source: CallSource, name: string): Promise<TrailValidation>
  /** Delivers all that is due now. */
  deliver(): Promise<void>
  /** Waits for calls and deliveries under way. Twice is fine. */
  close(): Promise<void>
}

/** A method for each operation, such as `createTrail` for CreateTrail. */
export type CloudTrail = {
  readonly [Name in OperationName as Uncapitalize<Name>]: (
    input: InputOf<Name>,
  ) => ReturnType<(typeof OPERATIONS)[Name]['run']>
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
  const parts = { ...options, trails, signingKeys, nudge: () => runner.nudge() }
  const runner = new Runner(parts, options)
  const service = new Service(TABLE, parts)
  return {
    api: service.api,
    call: (operation, read, context) => service.call(operation, read, context),
    as: (caller, source) => methods(service, caller, source),
    async validate(caller, source, name) {
      const ref = trailRef(name, caller)
      const trail = ref.account === caller.account ? trails.find(ref) : undefined
      if (trail === undefined) throw unknownTrail(trailArn(ref), caller.account)
      // Its bucket may be elsewhere.
      const bucket = await parts.s3.bucket(trail.config.bucket)
      const region = bucket?.region ?? caller.region
      const s3 = parts.s3.as({ ...caller, region }, source)
      return await service.track(() => validateTrail(parts, s3, trail))
    },
    deliver: () => runner.run(),
    async close() {
      await service.close()
      await runner.close()
    },
  }
}

function methods(service: AwsService, caller: Caller, source: CallSource): CloudTrail {
  const made: Record<string, unknown> = {}
  for (const name of Object.keys(OPERATIONS)) {
    made[lowerCamel(name)] = (input: unknown) => {
      const context: CallContext = { caller, requestId: randomId(), ...source }
      return service.call(name, valuesOf(input), context)
    }
  }
  return made as unknown as CloudTrail
}
