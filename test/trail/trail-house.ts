/** A house with trails: real store, root, KMS and S3, a clock that a test moves; deliveries run when it says so. */
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import type { Profile } from '../../src/audit/profile.js'
import { SealtrailError } from '../../src/errors.js'
import { createS3, type S3, type S3Service } from '../../src/s3/s3.js'
import { accountRoot, type Caller } from '../../src/service/caller.js'
import { openBlobs } from '../../src/store/blobs/open-blobs.js'
import type { Disk } from '../../src/store/files/disk.js'
import type { Store } from '../../src/store/store.js'
import { type CloudTrail, createTrail, type TrailService } from '../../src/trail/trail.js'
import { dataEventTrails } from '../../src/trail/trails/data-events.js'
import { Trails } from '../../src/trail/trails/trails.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../support/kms.js'

export { ACCOUNT, REGION }
export const SLOT_MS = 5 * 60 * 1000
export const HOUR_MS = 60 * 60 * 1000
export const BUCKET = 'example-bucket-for-ct-logs'
export const root = accountRoot(ACCOUNT, REGION)
const SOURCE = { sourceIpAddress: '192.0.2.1', userAgent: 'test' }

export const trailArn = (name: string, region = REGION) =>
  `arn:aws:cloudtrail:${region}:${ACCOUNT}:trail/${name}`

/** As AWS documents it. */
export function bucketPolicy(bucket = BUCKET, trail = 'Default'): string {
  const Principal = { Service: 'cloudtrail.amazonaws.com' }
  const source = { 'aws:SourceArn': trailArn(trail) }
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Sid: 'AWSCloudTrailAclCheck', Effect: 'Allow', Principal },
        ...{ Action: 's3:GetBucketAcl', Resource: `arn:aws:s3:::${bucket}` },
        Condition: { StringEquals: source },
      },
      {
        ...{ Sid: 'AWSCloudTrailWrite', Effect: 'Allow', Principal, Action: 's3:PutObject' },
        Resource: `arn:aws:s3:::${bucket}/*AWSLogs/${ACCOUNT}/*`,
        Condition: {
          StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', ...source },
        },
      },
    ],
  })
}

/** As AWS documents it. */
export function keyPolicy(trail = 'Default'): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Sid: 'Enable IAM User Permissions', Effect: 'Allow', Action: 'kms:*', Resource: '*' },
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
      },
      {
        ...{ Sid: 'Allow CloudTrail to encrypt logs', Effect: 'Allow', Resource: '*' },
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: 'kms:GenerateDataKey*',
        Condition: {
          StringEquals: { 'aws:SourceArn': trailArn(trail) },
          StringLike: {
            'kms:EncryptionContext:aws:cloudtrail:arn': `arn:aws:cloudtrail:*:${ACCOUNT}:trail/*`,
          },
        },
      },
    ],
  })
}

export interface Refused {
  readonly code: string
  readonly message: string
}

export interface LogFile {
  readonly key: string
  readonly events: ReadonlyArray<Record<string, unknown>>
}

export class TrailHouse {
  readonly kms: TestKms
  readonly s3Service: S3Service
  readonly service: TrailService
  readonly #closeBlobs: () => Promise<void>

  private constructor(
    kms: TestKms,
    s3Service: S3Service,
    service: TrailService,
    closeBlobs: () => Promise<void>,
  ) {
    this.kms = kms
    this.s3Service = s3Service
    this.service = service
    this.#closeBlobs = closeBlobs
  }

  /** `disk` is that under the bytes of objects, until it is opened again. */
  static async open(profile: Profile = 'modern', disk?: Disk): Promise<TrailHouse> {
    return await TrailHouse.#over(await openTestKms(), (store) => store, profile, disk)
  }

  /** `wrapStore` stands between trails, S3 and the store. */
  static async #over(
    kms: TestKms,
    wrapStore = (same: Store) => same,
    profile: Profile = 'modern',
    disk?: Disk,
  ): Promise<TrailHouse> {
    const { root, engines, pool, clock } = kms
    const store = wrapStore(kms.store)
    const blobs = await openBlobs(store.dataDir, disk)
    const principals = {
      isThere: () => true,
      idOf: () => undefined,
      nameOf: (_: string, a: string) => a,
    }
    const trails = await Trails.open(store, root)
    const s3 = createS3({
      ...{ store, root, engines, pool, clock, kms: kms.service, blobs, principals, sseC: 'block' },
      ...{ seenTime: kms.service.seenTime, dataEvents: dataEventTrails(trails) },
    })
    const service = await createTrail({
      ...{ store, root, engines, pool, clock, kms: kms.service, s3, trails },
      ...{ slotMs: SLOT_MS, tickMs: 0, profile },
    })
    return new TrailHouse(kms, s3, service, () => blobs.close())
  }

  async #closeOwn(): Promise<void> {
    await this.service.close()
    await this.s3Service.close()
    await this.#closeBlobs()
  }

  async reopen(wrapStore?: (store: Store) => Store): Promise<TrailHouse> {
    await this.#closeOwn()
    return await TrailHouse.#over(await this.kms.reopen(), wrapStore)
  }

  async remove(): Promise<void> {
    await this.#closeOwn()
    await this.kms.remove()
  }

  get trail(): CloudTrail {
    return this.as(root)
  }

  get s3(): S3 {
    return this.s3Service.as(root, SOURCE)
  }

  as(caller: Caller): CloudTrail {
    return this.service.as(caller, SOURCE)
  }

  /** A bucket with the policy that the trail needs. */
  async bucket(name = BUCKET, policy = bucketPolicy(name)): Promise<string> {
    await this.s3.createBucket({
      Bucket: name,
      CreateBucketConfiguration: { LocationConstraint: REGION as never },
    })
    await this.s3.putBucketPolicy({ Bucket: name, Policy: policy })
    return name
  }

  /** The ARN of a key with the policy that the trail needs. */
  async key(policy = keyPolicy()): Promise<string> {
    const { KeyMetadata } = await this.kms.kms.createKey({ Policy: policy })
    return KeyMetadata.Arn
  }

  /** A trail named Default, which logs under a key of its own and validates. */
  async logging(more: object = {}): Promise<string> {
    await this.bucket()
    const KmsKeyId = await this.key()
    const settings = {
      Name: 'Default',
      S3BucketName: BUCKET,
      KmsKeyId,
      EnableLogFileValidation: true,
    }
    await this.trail.createTrail({ ...settings, ...more })
    await this.trail.startLogging({ Name: 'Default' })
    return KmsKeyId
  }

  /** So much time passes, and what is due is delivered. */
  async pass(ms: number): Promise<void> {
    this.kms.clock.time += ms
    await this.service.deliver()
  }

  /** So many hours pass, and what is due is delivered in time. */
  async hours(count: number): Promise<void> {
    for (let quarter = 0; quarter < 4 * count; quarter++) await this.pass(HOUR_MS / 4)
  }

  async keys(prefix = `AWSLogs/${ACCOUNT}/CloudTrail/`): Promise<string[]> {
    const keys: string[] = []
    let StartAfter: string | undefined
    for (;;) {
      const page = (await this.s3.listObjectsV2({
        ...{ Bucket: BUCKET, Prefix: prefix, ...(StartAfter === undefined ? {} : { StartAfter }) },
      })) as { readonly Contents?: ReadonlyArray<{ readonly Key: string }> }
      const found = (page.Contents ?? []).map(({ Key }) => Key)
      if (found.length === 0) return keys
      keys.push(...found)
      StartAfter = found.at(-1)
    }
  }

  validate(name = 'Default') {
    return this.trail.validateTrail(name)
  }

  async object(key: string): Promise<{ plain: Buffer; metadata: Record<string, string> }> {
    const answer = (await this.s3.getObject({ Bucket: BUCKET, Key: key })) as {
      readonly Body: Uint8Array
      readonly Metadata?: Record<string, string>
    }
    const bytes = answer.Body instanceof Uint8Array ? answer.Body : await buffer(answer.Body)
    return { plain: gunzipSync(bytes), metadata: answer.Metadata ?? {} }
  }

  async logs(): Promise<LogFile[]> {
    const files: LogFile[] = []
    for (const key of await this.keys()) {
      const { plain } = await this.object(key)
      files.push({ key, events: JSON.parse(plain.toString()).Records })
    }
    return files
  }

  /** Names of delivered events, in the order of files. */
  async delivered(): Promise<string[]> {
    return (await this.logs()).flatMap(({ events }) =>
      events.map(({ eventName }) => String(eventName)),
    )
  }
}

/** What `work` is refused with. */
export async function refusal(work: Promise<unknown>): Promise<Refused> {
  try {
    await work
  } catch (error) {
    if (error instanceof SealtrailError) return { code: error.code, message: error.message }
    throw error
  }
  return { code: 'done', message: '' }
}
