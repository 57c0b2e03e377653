/**
 * From what size on is work worth a thread?
 *
 * `here` does it on the spot; `thread` sends it through the pool's own line, slabs and threads, eight at
 * once, as a busy server asks. What is told is the time for one of them. src/pool/inline.ts has a size for
 * each engine and kind of work: the first at which a thread gets more done, or, where that comes late, at
 * which doing it here would hold up the event loop for half a millisecond.
 */
import { availableParallelism } from 'node:os'
import { chooseEngines } from '../../src/engine/choose.js'
import {
  BLOB_OVERHEAD_BYTES,
  type Engine,
  KEY_BYTES,
  type KeyHandle,
  TAG_BYTES,
} from '../../src/engine/engine.js'
import { GZIP_LEVEL } from '../../src/gzip/gzip.js'
import { Crew } from '../../src/pool/crew.js'
import { type Job, open, seal, wrap } from '../../src/pool/jobs.js'
import { Line } from '../../src/pool/line.js'
import { Slabs } from '../../src/pool/slabs.js'
import { usableEngines } from '../engine/engines.js'
import { logObjects } from '../gzip/log-objects.js'
import { contest } from '../support/contest.js'

const AT_ONCE = 8
const KIB = 1024
const threads = availableParallelism()
const line = new Line(threads, 1 << 30)
const crew = new Crew(threads, new URL('../../src/pool/worker.js', import.meta.url))
const slabs = new Slabs()
/** A ticket is good as long as somebody may end it. */
const loans: Array<() => void> = []
const parts = {
  encryptionContext: { 'aws:s3:arn': 'arn:aws:s3:::bucket/AWSLogs/1.json.gz' },
  encryptedDataKeys: [
    { providerId: 'bench', providerInfo: new Uint8Array(75), ciphertext: new Uint8Array(128) },
  ],
}
const log = new Uint8Array(logObjects(1, 9_000_000)[0]!)

interface Kind {
  readonly what: string
  readonly sizes: readonly number[]
  readonly input: (size: number) => Uint8Array
  readonly here: (input: Uint8Array) => Uint8Array
  readonly job: (input: Uint8Array) => Job
  /** The same for every way of doing it. */
  readonly answer: (output: Uint8Array) => Uint8Array
}

for (const engine of usableEngines()) {
  const key = engine.generateKey()
  for (const kind of [seals(engine, key), opens(engine, key)]) await compare(engine.name, kind)
  await compareWraps(engine, key)
}
await comparePacking(chooseEngines('auto').bulk)
await compareUnpacking(chooseEngines('auto').bulk)
await crew.close()

function seals(engine: Engine, key: KeyHandle): Kind {
  return {
    what: 'seal bytes',
    sizes: sizesOf(engine),
    input: (size) => log.subarray(0, size),
    here: (plain) => seal(engine, key, { ...parts, plain }),
    job: (plain) => ({ kind: 'seal', key: shared(engine, key), work: { ...parts, plain } }),
    answer: (sealed) => open(engine, key, { sealed }),
  }
}

function opens(engine: Engine, key: KeyHandle): Kind {
  return {
    what: 'open bytes',
    sizes: sizesOf(engine),
    input: (size) => seal(engine, key, { ...parts, plain: log.subarray(0, size) }),
    here: (sealed) => open(engine, key, { sealed }),
    job: (sealed) => ({ kind: 'open', key: shared(engine, key), work: { sealed } }),
    answer: (plain) => plain,
  }
}

async function comparePacking(engine: Engine): Promise<void> {
  const key = engine.generateKey()
  await compare(`${engine.name}, gzip()`, {
    what: 'compress and seal bytes',
    sizes: [16 * KIB, 32 * KIB, 64 * KIB, 128 * KIB, 256 * KIB],
    input: (size) => log.subarray(0, size),
    here: (plain) => seal(engine, key, { ...parts, plain, gzipLevel: GZIP_LEVEL }),
    job: (plain) => {
      return {
        kind: 'seal',
        key: shared(engine, key),
        work: { ...parts, plain, gzipLevel: GZIP_LEVEL },
      }
    },
    answer: (sealed) => open(engine, key, { sealed, gunzip: { bytesMax: 1 << 26 } }),
  })
}

/** Sizes are of what is packed, which is a ninth of what comes out. */
async function compareUnpacking(engine: Engine): Promise<void> {
  const key = engine.generateKey()
  const bounds = { bytesMax: 1 << 26 }
  await compare(`${engine.name}, gunzip()`, {
    what: 'open and unpack bytes',
    sizes: [8 * KIB, 16 * KIB, 32 * KIB, 64 * KIB],
    input: (size) =>
      seal(engine, key, { ...parts, plain: log.subarray(0, 9 * size), gzipLevel: 5 }),
    here: (sealed) => open(engine, key, { sealed, gunzip: bounds }),
    job: (sealed) => ({
      kind: 'open',
      key: shared(engine, key),
      work: { sealed, gunzip: bounds },
    }),
    answer: (plain) => plain,
  })
}

function sizesOf({ name }: Engine): number[] {
  const steps = name === 'wasm' ? [16, 32, 64, 128, 256] : [128, 256, 512, 1024, 2048, 4096]
  return steps.map((kib) => kib * KIB)
}

async function compare(
  name: string,
  { what, sizes, input, here, job, answer }: Kind,
): Promise<void> {
  for (const size of sizes) {
    const source = input(size)
    const there = () =>
      line.pass(size, async () => {
        const slab = slabs.take(source.length)
        slab.set(source)
        const output = await crew.run(job(slab))
        slabs.give(slab)
        return output!
      })
    await race(`${name}: ${what}, ${size}`, {
      answer: (output) => answer(output),
      here: () => here(source),
      there,
    })
  }
}

/** All keys of a batch are random; agreeing means filling every blob. */
async function compareWraps(engine: Engine, key: KeyHandle): Promise<void> {
  const blobBytes = BLOB_OVERHEAD_BYTES + KEY_BYTES
  const context = new Uint8Array(200)
  const counts = engine.name === 'native' ? [256, 1024, 4096] : [16, 64, 256, 1024]
  for (const count of counts) {
    const blobs = new Uint8Array(count * blobBytes)
    const work = { blobs, blobBytes, context, plain: undefined }
    await race(`${engine.name}: wrap data keys, ${count}`, {
      answer: (output) => Uint8Array.of(output.length / blobBytes, isFilled(output) ? 1 : 0),
      here: () => {
        wrap(engine, key, work)
        return blobs
      },
      there: () =>
        line.pass(blobs.length, async () => {
          const slab = slabs.take(blobs.length)
          slab.set(blobs)
          await crew.run({ kind: 'wrap', key: shared(engine, key), work: { ...work, blobs: slab } })
          blobs.set(slab)
          slabs.give(slab)
          return blobs
        }),
    })
  }
}

function isFilled(blobs: Uint8Array): boolean {
  return blobs.subarray(-TAG_BYTES).some((byte) => byte !== 0)
}

interface Ways {
  readonly answer: (output: Uint8Array) => Uint8Array
  readonly here: () => Uint8Array
  readonly there: () => Promise<Uint8Array>
}

async function race(title: string, { answer, here, there }: Ways): Promise<void> {
  await contest({ title, baselines: ['here'] }, [
    { name: 'here', answer: () => answer(here()), run: here },
    {
      name: 'thread',
      answer: async () => answer(await there()),
      run: () => Promise.all(Array.from({ length: AT_ONCE }, there)),
      opsPerRun: AT_ONCE,
    },
  ])
}

function shared(engine: Engine, key: KeyHandle) {
  const { ticket, end } = engine.shareKey(key)
  loans.push(end)
  return { engine: engine.name, ticket }
}
