/** A `sealtrail serve` for the clients of S3, with two KMS keys and bytes whose hashes are known. */
import { createHash, hash } from 'node:crypto'
import { Readable } from 'node:stream'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { loadAddon } from '../../../src/engine/native/addon.js'
import { startServer, temporaryFolder } from '../../support/serve.js'

export const REGION = 'us-east-1'
/** One more than two parts of lib-storage and of boto3 hold. */
export const LARGE_BYTES = 17 * 1024 * 1024

/** The fronts that are there. */
export const FRONTS: ReadonlyArray<'node' | 'native'> =
  loadAddon() === undefined ? ['node'] : ['node', 'native']

export interface ServedS3 {
  readonly url: string
  /** For what the clients read and write. */
  readonly folder: string
  readonly credentials: { accessKeyId: string; secretAccessKey: string }
  /** What clients take from the environment. */
  readonly environment: Readonly<Record<string, string>>
  /** ARNs of KMS keys. */
  readonly keys: readonly [string, string]
  client(config?: S3ClientConfig): S3Client
  makeBucket(name: string): Promise<string>
  close(): Promise<void>
}

export async function serveS3(front: 'node' | 'native'): Promise<ServedS3> {
  const folder = temporaryFolder(`s3-${front}`)
  const server = await startServer(`${folder.path}/data`, { args: ['--front', front] })
  const { url, credentials } = server
  const shared = { endpoint: url, region: REGION, credentials, maxAttempts: 1 }
  const kms = new KMSClient(shared)
  const makeKey = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!
  const keys = [await makeKey(), await makeKey()] as const
  kms.destroy()
  const client = (config: S3ClientConfig = {}) =>
    new S3Client({ ...shared, forcePathStyle: true, ...config })
  return {
    ...{ url, credentials, keys, client, folder: folder.path },
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    async makeBucket(name) {
      const s3 = client()
      await s3.send(new CreateBucketCommand({ Bucket: name }))
      s3.destroy()
      return name
    },
    async close() {
      await server.stop()
      folder.remove()
    },
  }
}

/** The same bytes for the same name; no stretch of them comes twice. */
export function bytesOf(name: string, bytes: number): Buffer {
  return createHash('shake256', { outputLength: bytes }).update(name).digest()
}

export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex')
}

export async function sha256OfStream(body: unknown): Promise<string> {
  const digest = createHash('sha256')
  for await (const piece of body as Readable) digest.update(piece)
  return digest.digest('hex')
}

/** `bytes` in pieces of no particular length. */
export function streamOf(bytes: Buffer, pieceBytes = 70_001): Readable {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    pieces.push(bytes.subarray(at, at + pieceBytes))
  }
  return Readable.from(pieces)
}
