/** A house with objects in it: real store, root, KMS and blobs, whose S3 is called by whoever a test makes up. */
import { createHash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OperationName } from '../../src/s3/model.js'
import { createS3, type S3Service } from '../../src/s3/s3.js'
import type { Caller } from '../../src/service/caller.js'
import { valuesOf } from '../../src/service/service.js'
import type { Blobs } from '../../src/store/blobs/blobs.js'
import { openBlobs } from '../../src/store/blobs/open-blobs.js'
import {
  type AuditRecord,
  caller as ofAccount,
  openTestKms,
  type TestKms,
  type TestKmsOptions,
} from '../support/kms.js'

export type Output = Record<string, unknown>

export interface Refusal {
  readonly code: string
  readonly message: string
  readonly detail: Readonly<Record<string, string | number>>
}

const BUCKET = { CreateBucketConfiguration: { LocationConstraint: ofAccount.region } }

export class ObjectsHouse {
  readonly folder: string
  readonly kms: TestKms
  readonly s3: S3Service
  readonly blobs: Blobs
  #seen = 0
  #buckets = 0

  private constructor(folder: string, kms: TestKms, blobs: Blobs) {
    const { store, root, engines, pool, clock, service } = kms
    this.folder = folder
    this.kms = kms
    this.blobs = blobs
    this.s3 = createS3({
      ...{ store, root, engines, pool, clock, kms: service, blobs },
      ...{ sseC: 'allow', seenTime: service.seenTime },
      principals: { isThere: () => true, idOf: () => undefined, nameOf: (_, arn) => arn },
    })
  }

  static async open(options: TestKmsOptions = {}): Promise<ObjectsHouse> {
    const { folder = mkdtempSync(join(tmpdir(), 'sealtrail-s3-')) } = options
    const kms = await openTestKms({ ...options, folder })
    return new ObjectsHouse(folder, kms, await openBlobs(kms.store.dataDir))
  }

  /** Closes, and opens the same folder again with the same clock. */
  async reopen(): Promise<ObjectsHouse> {
    await this.s3.close()
    await this.blobs.close()
    const kms = await this.kms.reopen()
    return new ObjectsHouse(this.folder, kms, await openBlobs(kms.store.dataDir))
  }

  async remove(): Promise<void> {
    await this.s3.close()
    await this.blobs.close()
    await this.kms.remove()
  }

  async call(name: OperationName, input: object, caller: Caller = ofAccount): Promise<Output> {
    const answer = await this.s3.call(name, valuesOf(input), {
      ...{ caller, requestId: crypto.randomUUID(), sourceIpAddress: '192.0.2.1' },
      userAgent: 'test',
    })
    return (answer ?? {}) as Output
  }

  /** What the call is refused with; its code is `done` when it is not. */
  async refusal(name: OperationName, input: object, caller: Caller = ofAccount): Promise<Refusal> {
    return await refusalOf(this.call(name, input, caller))
  }

  async code(name: OperationName, input: object, caller: Caller = ofAccount): Promise<string> {
    return (await this.refusal(name, input, caller)).code
  }

  /** A new bucket; `Enabled`, `Suspended` or without versions. */
  async bucket(versioning?: 'Enabled' | 'Suspended', more: object = {}): Promise<string> {
    const Bucket = `bucket-${++this.#buckets}-${crypto.randomUUID().slice(0, 8)}`
    await this.call('CreateBucket', { Bucket, ...BUCKET, ...more })
    if (versioning !== undefined) await this.version(Bucket, versioning)
    return Bucket
  }

  async version(Bucket: string, Status: 'Enabled' | 'Suspended'): Promise<void> {
    await this.call('PutBucketVersioning', { Bucket, VersioningConfiguration: { Status } })
  }

  async put(Bucket: string, Key: string, Body: unknown = Key, more: object = {}): Promise<Output> {
    return await this.call('PutObject', { Bucket, Key, Body, ...more })
  }

  async get(Bucket: string, Key: string, more: object = {}): Promise<Output & { bytes: Buffer }> {
    const output = await this.call('GetObject', { Bucket, Key, ...more })
    return { ...output, bytes: await bytesOf(output) }
  }

  async text(Bucket: string, Key: string, more: object = {}): Promise<string> {
    return (await this.get(Bucket, Key, more)).bytes.toString()
  }

  /** Uploads `parts`, and completes them. */
  async upload(
    Bucket: string,
    Key: string,
    parts: readonly Uint8Array[],
    { create = {}, part = {}, complete = {} } = {},
  ): Promise<Output> {
    const { UploadId } = await this.call('CreateMultipartUpload', { Bucket, Key, ...create })
    const place = { Bucket, Key, UploadId: UploadId as string }
    const Parts: object[] = []
    for (const [index, Body] of parts.entries()) {
      const PartNumber = index + 1
      const { ETag, ...sums } = await this.call('UploadPart', {
        ...{ ...place, PartNumber, Body },
        ...part,
      })
      Parts.push({ PartNumber, ETag, ...checksumsIn(sums) })
    }
    const named = { ...place, MultipartUpload: { Parts } }
    return await this.call('CompleteMultipartUpload', { ...named, ...complete })
  }

  /** Records since the last time that somebody asked. */
  async news(): Promise<AuditRecord[]> {
    const records = await this.kms.records()
    const news = records.slice(this.#seen)
    this.#seen = records.length
    return news
  }

  /** The names of the events in {@link news}. */
  async newNames(): Promise<string[]> {
    return (await this.news()).map(({ eventName }) => eventName)
  }
}

/** Made of nothing that repeats, and the same each time. */
export function bytesLike(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size)
  let state = seed | 1
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    bytes[i] = state >>> 24
  }
  return bytes
}

export async function bytesOf({ Body }: { readonly Body?: unknown }): Promise<Buffer> {
  if (Body instanceof Uint8Array) return Buffer.from(Body)
  const pieces: Uint8Array[] = []
  for await (const piece of Body as AsyncIterable<Uint8Array>) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

export function hash(algorithm: string, bytes: Uint8Array, encoding: 'hex' | 'base64' = 'hex') {
  return createHash(algorithm).update(bytes).digest(encoding)
}

/** Of all members those that are checksums of parts. */
export function checksumsIn(output: Output): Output {
  const names = Object.keys(output).filter((name) => /^Checksum(?!Type|Algorithm)/.test(name))
  return Object.fromEntries(names.map((name) => [name, output[name]]))
}

export async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
  try {
    await work
    return { code: 'done', message: '', detail: {} }
  } catch (error) {
    const { code = 'not told', message, detail = {} } = error as Partial<Refusal> & Error
    return { code, message, detail }
  }
}

/** The members that show a customer's key of 32 times this byte. */
export function customerKey(byte: number, prefix = '') {
  const key = Buffer.alloc(32, byte)
  return {
    [`${prefix}SSECustomerAlgorithm`]: 'AES256',
    [`${prefix}SSECustomerKey`]: key.toString('base64'),
    [`${prefix}SSECustomerKeyMD5`]: hash('md5', key, 'base64'),
  }
}
