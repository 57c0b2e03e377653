/**
 * S3 as a service: buckets, and the sealed objects in them.
 *
 * What operations do is in operations/; the wire form (REST, XML) is in http/. Source: Amazon S3 API reference.
 *
 * @module
 */
import { lowerCamel } from '../aws/model.js'
import { randomId } from '../bytes/random.js'
import type { SealtrailError } from '../errors.js'
import type { Caller } from '../service/caller.js'
import type { CallContext, CallSource } from '../service/calls/call-context.js'
import { type AwsService, Service, type ServiceTable, valuesOf } from '../service/service.js'
import { Locks } from '../store/keep/locks.js'
import type { Bucket } from './buckets/bucket.js'
import { Buckets } from './buckets/buckets.js'
import { isName } from './buckets/name.js'
import { blobRows } from './contents/blob-rows.js'
import { createObjectKeys, type ObjectKeysOptions } from './encryption/data-keys.js'
import { Lifecycle } from './lifecycle/lifecycle.js'
import { type InputOf, type OperationName, S3_API, type ShapeValue } from './model.js'
import { BeingRead } from './objects/being-read.js'
import { readLatest } from './objects/rows.js'
import { putObject } from './operations/objects/put-object.js'
import { OPERATIONS } from './operations.js'
import type { S3Parts } from './parts.js'
import { showObjectCall } from './records/request.js'
import { shownToOwner } from './records/shown-to-owner.js'
import { type Delivery, denialOfDelivery } from './use/delivery.js'
import type { Together } from './versions/write.js'

export type S3Options = Omit<S3Parts, 'buckets' | 'locks' | 'keys' | 'beingRead'> &
  Pick<ObjectKeysOptions, 'kms' | 'store'>

export interface S3Service extends AwsService {
  /** The bucket of that name, whoever owns it: nobody is asked. */
  bucket(name: string): Promise<Bucket | undefined>
  /** How a delivery would be refused; undefined when it would not. Nothing is done, and nothing recorded. */
  denialOfDelivery(context: CallContext, delivery: Delivery): Promise<SealtrailError | undefined>
  /** The same service, as one caller sees it, who has been believed. */
  as(caller: Caller, source: CallSource): S3
  /** PutObject, with more facts in the entry of the journal that says that the object is there. */
  putTogether(context: CallContext, input: PutInput, together: Together): Promise<void>
  /** Of the newest object of that key, as it was put: base64; undefined unless it came with one. Nobody is asked. */
  sha256Of(bucket: Bucket, key: string): Promise<string | undefined>
  /** Resolves when all has been done that lifecycle rules say of now (lifecycle/). */
  catchUp(): Promise<void>
  /** What is set on `bucket` for pages of others, which anybody may ask; undefined where nothing is. */
  corsRules(bucket: string): Promise<ShapeValue<'CORSRules'> | undefined>
  /** Waits for calls under way, then wipes what is kept of keys. Twice is fine. */
  close(): Promise<void>
}

/** A program gives for a Body bytes, text, or what yields bytes. */
type GivenOf<Input> = {
  readonly [Member in keyof Input]: Member extends 'Body'
    ? Uint8Array | string | AsyncIterable<Uint8Array | string> | undefined
    : Input[Member]
}

export type PutInput = GivenOf<InputOf<'PutObject'>>

/** A method for each operation, such as `putObject` for PutObject. */
export type S3 = {
  readonly [Name in keyof typeof OPERATIONS & OperationName as Uncapitalize<Name>]: (
    input: GivenOf<InputOf<Name>>,
  ) => Promise<OutputOf<Name>>
}

type OutputOf<Name extends keyof typeof OPERATIONS> = Awaited<
  ReturnType<(typeof OPERATIONS)[Name]['run']>
>

const TABLE: ServiceTable<S3Parts> = {
  api: S3_API,
  eventSource: 's3.amazonaws.com',
  internalFault: 'InternalError',
  records: { shownToOwner },
  operations: OPERATIONS,
}

export function createS3({ kms, ...options }: S3Options): S3Service {
  const { store, root, engines, clock, blobs } = options
  const keys = createObjectKeys({ store, root, engines, clock, kms })
  const parts = {
    ...options,
    ...{ buckets: new Buckets(store, root), locks: new Locks(), keys, beingRead: new BeingRead() },
  }
  // Of rows that are missing before they have all been looked at, the bytes stay.
  store.checked.then(
    () => blobs.tend(blobRows(parts)),
    () => undefined,
  )
  const lifecycle = new Lifecycle(parts)
  const service = s3Service(parts)
  return {
    api: service.api,
    call: (operation, read, context) => service.call(operation, read, context),
    as: (caller, source) => methods(service, caller, source),
    async putTogether(context, input, together) {
      await service.perform('PutObject', valuesOf(input), context, (call, taken) => {
        showObjectCall(call)
        return putObject(parts, call, taken as InputOf<'PutObject'>, together)
      })
    },
    bucket: (name) => parts.buckets.find(name),
    async sha256Of(bucket, key) {
      const { checksum } = (await readLatest(parts, bucket.id, key))?.facts ?? {}
      const isWhole = checksum?.algorithm === 'SHA256' && checksum.type === 'FULL_OBJECT'
      return isWhole ? checksum.value : undefined
    },
    denialOfDelivery: (context, delivery) => denialOfDelivery(parts, service, context, delivery),
    catchUp: () => lifecycle.catchUp(),
    async corsRules(name) {
      if (!isName(name)) return undefined
      const bucket = await service.track(() => parts.buckets.find(name))
      const cors = bucket?.config.cors as InputOf<'PutBucketCors'>['CORSConfiguration'] | undefined
      return cors?.CORSRules
    },
    async close() {
      await lifecycle.close()
      await service.close()
      keys.close()
    },
  }
}

/** The table of operations over its parts. */
export function s3Service(parts: S3Parts): Service<S3Parts> {
  return new Service(TABLE, parts)
}

function methods(service: AwsService, caller: Caller, source: CallSource): S3 {
  const made: Record<string, unknown> = {}
  for (const name of Object.keys(OPERATIONS)) {
    made[lowerCamel(name)] = (input: unknown) => {
      const context: CallContext = { caller, requestId: randomId(), ...source }
      return service.call(name, valuesOf(input), context)
    }
  }
  return made as unknown as S3
}
