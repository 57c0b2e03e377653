/**
 * How many objects a second does a program put and get with sealtrail inside, encrypted and not?
 *
 * One process on one core, {@link AT_ONCE} calls at once, every put on the disk when it resolves. The plain line is the same
 * store without keys and sealing (plain-house.ts).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { openSealtrail } from '../../src/index.js'
import type { S3 } from '../../src/s3/s3.js'
import { accountRoot } from '../../src/service/caller.js'
import { valuesOf } from '../../src/service/service.js'
import { type Contender, contest } from '../support/contest.js'
import { stayOnOneCore } from '../support/machine.js'
import { bytesOf, keyOf } from './calls.js'
import { openPlainHouse } from './plain-house.js'

type Put = (key: string, body: Uint8Array) => Promise<unknown>
type Get = (key: string) => Promise<Uint8Array>

const Bucket = 'bench-objects'
const SIZES = [
  { bytes: 1500, atOnce: 256 },
  { bytes: 5_000_000, atOnce: 2 },
]
const PLAIN = 'plain bytes'

stayOnOneCore()
const folder = mkdtempSync(join(process.env.SEALTRAIL_BENCH_DIR ?? tmpdir(), 'sealtrail-s3-'))
const closers: Array<() => unknown> = [() => rmSync(folder, { recursive: true })]
try {
  const houses = [...(await encrypted()), await plain()]
  for (const { bytes, atOnce } of SIZES) {
    const title = (verb: string) => `${verb} objects of ${bytes} bytes, ${atOnce} at once`
    const question = { baselines: [PLAIN], bytesPerOp: bytes }
    await contest(
      { ...question, title: title('put') },
      houses.map((house) => puts(house, bytes, atOnce)),
    )
    await contest(
      { ...question, title: title('get') },
      houses.map((house) => gets(house, bytes, atOnce)),
    )
  }
} finally {
  for (const close of closers.reverse()) await close()
}

interface House {
  readonly name: string
  readonly put: Put
  readonly get: Get
}

async function encrypted(): Promise<House[]> {
  const house = await openSealtrail({ dataDir: join(folder, 'data') })
  closers.push(() => house.close())
  const { s3, kms } = house
  await s3.createBucket({ Bucket })
  const { KeyMetadata } = await kms.createKey({})
  const SSEKMSKeyId = KeyMetadata.Arn
  const wanted = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId } as const
  const kinds: Readonly<Record<string, Partial<Parameters<S3['putObject']>[0]>>> = {
    'SSE-KMS': wanted,
    'SSE-KMS, bucket key': { ...wanted, BucketKeyEnabled: true },
    'SSE-S3': { ServerSideEncryption: 'AES256' },
  }
  return Object.entries(kinds).map(([name, sse]) => ({
    name,
    put: (key, Body) => s3.putObject({ Bucket, Key: `${name}/${key}`, Body, ...sse }),
    get: async (key) => bodyOf(await s3.getObject({ Bucket, Key: `${name}/${key}` })),
  }))
}

async function plain(): Promise<House> {
  const house = await openPlainHouse(join(folder, 'plain'))
  closers.push(() => house.close())
  const caller = accountRoot('000000000000', 'us-east-1')
  const source = { sourceIpAddress: '127.0.0.1', userAgent: 'bench' }
  const call = (name: string, input: object) =>
    house.service.call(name, valuesOf(input), { caller, requestId: crypto.randomUUID(), ...source })
  await call('CreateBucket', { Bucket })
  return {
    name: PLAIN,
    put: (Key, Body) => call('PutObject', { Bucket, Key, Body }),
    get: async (Key) => bodyOf((await call('GetObject', { Bucket, Key })) as object),
  }
}

async function bodyOf(answer: object): Promise<Uint8Array> {
  const { Body } = answer as { Body: Uint8Array | Readable }
  return Body instanceof Uint8Array ? Body : await buffer(Body)
}

/** Every put is of a new key. */
function puts({ name, put, get }: House, bytes: number, atOnce: number): Contender {
  const body = bytesOf(bytes)
  let next = 0
  return {
    name,
    answer: async () => {
      await put(`${bytes}/first`, body)
      return await get(`${bytes}/first`)
    },
    run: () =>
      Promise.all(Array.from({ length: atOnce }, () => put(`${bytes}/${keyOf(next++)}`, body))),
    opsPerRun: atOnce,
  }
}

function gets({ name, get }: House, bytes: number, atOnce: number): Contender {
  const keys = Array.from({ length: atOnce }, (_, i) => `${bytes}/${keyOf(i)}`)
  return {
    name,
    answer: () => get(keys[0]!),
    run: () => Promise.all(keys.map((key) => get(key))),
    opsPerRun: atOnce,
  }
}
