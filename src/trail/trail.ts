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
import { Runner, type RunnerOptions } from './runner.js'
import { Trails } from './trails/trails.js'

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
