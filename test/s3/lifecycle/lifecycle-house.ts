/** A house with objects, whose clock a test moves, and whose lifecycle it waits for. */
import { createS3, type S3, type S3Service } from '../../../src/s3/s3.js'
import { accountRoot } from '../../../src/service/caller.js'
import type { Blobs } from '../../../src/store/blobs/blobs.js'
import { openBlobs } from '../../../src/store/blobs/open-blobs.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../../support/kms.js'

const SOURCE = { sourceIpAddress: '192.0.2.1', userAgent: 'test' }

export class LifecycleHouse {
  readonly kms: TestKms
  readonly service: S3Service
  readonly s3: S3
  readonly #blobs: Blobs

  private constructor(kms: TestKms, blobs: Blobs) {
    const { store, root, engines, pool, clock, service } = kms
    this.kms = kms
    this.#blobs = blobs
    this.service = createS3({
      ...{ store, root, engines, pool, clock, kms: service, blobs },
      ...{ sseC: 'block', seenTime: service.seenTime },
      principals: { isThere: () => true, idOf: () => undefined, nameOf: (_id, arn) => arn },
    })
    this.s3 = this.service.as(accountRoot(ACCOUNT, REGION), SOURCE)
  }

  static async open(kms?: TestKms): Promise<LifecycleHouse> {
    const opened = kms ?? (await openTestKms())
    return new LifecycleHouse(opened, await openBlobs(opened.store.dataDir))
  }

  async close(): Promise<void> {
    await this.service.close()
    await this.#blobs.close()
  }

  async reopen(): Promise<LifecycleHouse> {
    await this.close()
    return await LifecycleHouse.open(await this.kms.reopen())
  }

  async remove(): Promise<void> {
    await this.close()
    await this.kms.remove()
  }

  /** Time passes, and is seen to; what is due then is done. */
  async pass(days: number): Promise<void> {
    this.kms.clock.addDays(days)
    await this.service.catchUp()
  }

  async bucket(
    Bucket: string,
    rules: readonly object[] = [],
    isVersioned = false,
  ): Promise<string> {
    await this.s3.createBucket({
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: REGION },
    })
    if (isVersioned) {
      const VersioningConfiguration = { Status: 'Enabled' as const }
      await this.s3.putBucketVersioning({ Bucket, VersioningConfiguration })
    }
    if (rules.length > 0) await this.rule(Bucket, rules)
    return Bucket
  }

  async rule(Bucket: string, rules: readonly object[]): Promise<void> {
    const Rules = rules.map((rule) => ({ Status: 'Enabled', Filter: {}, ...rule })) as never
    await this.s3.putBucketLifecycleConfiguration({ Bucket, LifecycleConfiguration: { Rules } })
  }

  async put(Bucket: string, ...keys: readonly string[]): Promise<void> {
    for (const Key of keys) await this.s3.putObject({ Bucket, Key, Body: Key })
  }

  /** `key`, `key marker`, … newest first, older ones in brackets. */
  async versions(Bucket: string): Promise<string[]> {
    const { bucketId, rows } = await this.#rows(Bucket)
    return rows
      .filter((row) => row.bucket_id === bucketId)
      .map(({ object_key, is_latest, is_marker }) => {
        const text = `${object_key}${is_marker === 1 ? ' marker' : ''}`
        return is_latest === 1 ? text : `(${text})`
      })
  }

  async #rows(bucket: string) {
    const { store } = this.kms
    const [found] = await store.read(
      store.query.selectFrom('s3_bucket').select('bucket_id').where('name', '=', bucket).compile(),
    )
    const rows = await store.read(
      store.query
        .selectFrom('s3_version')
        .select(['bucket_id', 'object_key', 'is_latest', 'is_marker'])
        .orderBy('object_key')
        .orderBy('version_order')
        .compile(),
    )
    return { bucketId: found!.bucket_id, rows }
  }
}
