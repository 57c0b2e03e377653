/** Data keys of objects over a real store, root and KMS, asked by a small service of four of S3's operations. */
import { createHash } from 'node:crypto'
import { type Api, apiOf } from '../../../src/aws/model.js'
import type { Engine, KeyHandle } from '../../../src/engine/engine.js'
import type { Bucket, BucketConfig } from '../../../src/s3/buckets/bucket.js'
import { customerKeyOf } from '../../../src/s3/encryption/customer-key.js'
import { createObjectKeys } from '../../../src/s3/encryption/data-keys.js'
import type { ObjectKey, ObjectKeys, SealingKey } from '../../../src/s3/encryption/object-keys.js'
import { type SseMembers, sseWanted } from '../../../src/s3/encryption/wanted.js'
import type { Caller } from '../../../src/service/caller.js'
import type { Call } from '../../../src/service/calls/call.js'
import { Service, valuesOf } from '../../../src/service/service.js'
import type { Store } from '../../../src/store/store.js'
import {
  ACCOUNT,
  type AuditRecord,
  openTestKms,
  REGION,
  caller as root,
  type TestKms,
  type TestKmsOptions,
} from '../../support/kms.js'

const NAMES = ['PutObject', 'GetObject', 'CreateMultipartUpload', 'UpdateObjectEncryption'] as const
type Name = (typeof NAMES)[number]

const API: Api = apiOf({
  name: 's3',
  version: '2006-03-01',
  operations: Object.fromEntries(NAMES.map((name) => [name, {}])),
  others: [],
  shapes: {},
})

/** An object that was put, and something that only its data key gives. */
export interface Put extends ObjectKey {
  readonly bucket: Bucket
  readonly key: string
  readonly mark: string
}

export interface Asking {
  readonly caller?: Caller
  readonly bucket?: Bucket
  readonly key?: string
}

export interface House extends Omit<TestKms, 'reopen'> {
  readonly keys: ObjectKeys
  put(members?: SseMembers, asking?: Asking): Promise<Put>
  /** As {@link put}, with something to be made of the data key. */
  putWith<Answer>(
    members: SseMembers,
    asking: Asking,
    work: (engine: Engine, sealing: SealingKey) => Answer,
  ): Promise<Answer>
  create(members?: SseMembers, asking?: Asking): Promise<Put>
  /** The mark of the data key. `shown` is what the request says of a customer's key. */
  get(put: Put, asking?: Asking, shown?: SseMembers): Promise<string>
  update(put: Put, members: SseMembers, asking?: Asking, shown?: SseMembers): Promise<Put>
  /** Names of KMS's records since the last time that somebody asked. */
  news(): Promise<string[]>
  newRecords(): Promise<AuditRecord[]>
}

export function bucketOf(config: BucketConfig = {}, more: Partial<Bucket> = {}): Bucket {
  const [name, id] = ['logs', '0123456789abcdef']
  return { name, account: ACCOUNT, region: REGION, createdAt: 0, id, config, ...more }
}

/** Takes SSE-C. */
export const open = bucketOf({ encryption: { algorithm: 'AES256', blocked: [] } })

/** The members that show a customer's key of 32 times this byte. */
export function customerKey(byte: number) {
  const key = Buffer.alloc(32, byte)
  return {
    SSECustomerAlgorithm: 'AES256',
    SSECustomerKey: key.toString('base64'),
    SSECustomerKeyMD5: createHash('md5').update(key).digest('base64'),
  }
}

export async function openHouse(options: TestKmsOptions = {}): Promise<House> {
  const kms = await openTestKms(options)
  const { store, root: rootKey, engines, clock, service: kmsService } = kms
  const keys = createObjectKeys({ store, root: rootKey, engines, clock, kms: kmsService })
  const calls = serviceOf(store, kms)
  let seen = 0

  const markOf = (handle: KeyHandle): string => {
    const mark = keys.engine.xaesCommitment(handle, new Uint8Array(24))
    handle.release()
    return Buffer.from(mark).toString('hex')
  }
  const newRecords = async (): Promise<AuditRecord[]> => {
    const records = await kms.records()
    const news = records.slice(seen)
    seen = records.length
    return news
  }
  const seal = <Answer>(
    name: Name,
    members: SseMembers,
    asking: Asking,
    work: (sealing: SealingKey, bucket: Bucket, key: string) => Answer,
  ): Promise<Answer> => {
    const { caller = root, bucket = bucketOf(), key = 'a/b' } = asking
    return calls(name, caller, async (call) => {
      const wanted = sseWanted(call, bucket, key, members, 'block')
      const how = name === 'PutObject' ? 'seal' : 'sealUpload'
      return work(await keys[how](call, bucket, key, wanted), bucket, key)
    })
  }
  const asPut = ({ dataKey, ...sealed }: SealingKey, bucket: Bucket, key: string): Put => {
    return { ...sealed, bucket, key, mark: markOf(dataKey) }
  }
  return {
    ...kms,
    keys,
    put: (members = {}, asking = {}) => seal('PutObject', members, asking, asPut),
    putWith: (members, asking, work) =>
      seal('PutObject', members, asking, (sealing) => {
        const answer = work(keys.engine, sealing)
        sealing.dataKey.release()
        return answer
      }),
    create: (members = {}, asking = {}) => seal('CreateMultipartUpload', members, asking, asPut),
    get: (put, asking = {}, shown = {}) => {
      const { caller = root, bucket = put.bucket, key = put.key } = asking
      return calls('GetObject', caller, async (call) => {
        const customer = customerKeyOf(shown)
        return markOf(await keys.open(call, bucket, key, put, customer?.key))
      })
    },
    update: (put, members, asking = {}, shown = {}) => {
      const { caller = root, bucket = put.bucket, key = put.key } = asking
      return calls('UpdateObjectEncryption', caller, async (call) => {
        const wanted = sseWanted(call, bucket, key, members, 'block')
        const customer = customerKeyOf(shown)?.key
        const next = await keys.rewrap(call, bucket, key, put, wanted, customer)
        return { ...put, ...next }
      })
    },
    newRecords,
    news: async () => (await newRecords()).map(({ eventName }) => eventName),
    async close() {
      keys.close()
      await kms.close()
    },
    async remove() {
      keys.close()
      await kms.remove()
    },
  }
}

/** Every call is allowed by S3: what is asked here is KMS. */
function serviceOf(store: Store, { clock }: TestKms) {
  const row = { run: async () => ({}), isReadOnly: false, isDataEvent: true } as const
  const service = new Service(
    {
      ...{ api: API, eventSource: 's3.amazonaws.com', internalFault: 'InternalError' },
      operations: Object.fromEntries(NAMES.map((name) => [name, row])),
    },
    { store, clock },
  )
  return <Answer>(
    name: Name,
    caller: Caller,
    work: (call: Call) => Promise<Answer>,
  ): Promise<Answer> => {
    const context = {
      ...{ caller, requestId: '00000000-0000-4000-8000-000000000000' },
      ...{ sourceIpAddress: '192.0.2.7', userAgent: 'a client of S3' },
    }
    return service.perform(name, valuesOf({}), context, async (call) => {
      call.needsNoPermission()
      const answer = await work(call)
      await call.succeed()
      return answer
    })
  }
}
