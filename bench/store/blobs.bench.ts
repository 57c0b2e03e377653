/**
 * How many small objects a second become durable, beside a plain file?
 *
 * Blobs of 4 KiB with 1, 16, 100 and 1,000 writers, each of which waits for its blob before it puts the next: a record with
 * its CRC-32, written and synced with all that came meanwhile, beside the event loop. Beside it a plain file on the caller's
 * own thread, to which as many blobs are appended and synced at once: the disk's own limit.
 */
import {
  closeSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBlobs } from '../../src/store/blobs/open-blobs.js'
import { type Contender, contest } from '../support/contest.js'

const BLOB = Buffer.alloc(4096, 'sealed')
const folder = mkdtempSync(join(process.env.SEALTRAIL_BENCH_DIR ?? tmpdir(), 'sealtrail-bench-'))
const closers: Array<() => unknown> = [() => rmSync(folder, { recursive: true })]
try {
  for (const writers of [1, 16, 100, 1000]) {
    const title = `put blobs of ${BLOB.length} bytes durably, ${writers} writers`
    const question = { title, baselines: [fileName(writers)], bytesPerOp: BLOB.length }
    await contest(question, [await ours(writers), file(writers)])
  }
} finally {
  for (const close of closers.reverse()) await close()
}

/** In a run each writer puts `turns` blobs, one after the other. */
async function ours(writers: number): Promise<Contender> {
  const blobs = await openBlobs(mkdtempSync(join(folder, 'blobs-')))
  closers.push(() => blobs.close())
  const turns = Math.max(1, Math.ceil(200 / writers))
  const write = async () => {
    for (let i = 0; i < turns; i++) blobs.settle([await blobs.put(BLOB)])
  }
  return {
    name: `blobs, ${writers} writers`,
    answer: async () => {
      const reader = await blobs.open(await blobs.put(BLOB))
      return await reader.read(0, reader.bytes)
    },
    run: () => Promise.all(Array.from({ length: writers }, write)),
    opsPerRun: writers * turns,
  }
}

function fileName(batch: number): string {
  return `a plain file, ${batch} in a sync`
}

function file(batch: number): Contender {
  const path = join(folder, `plain-${batch}`)
  const descriptor = openSync(path, 'a')
  closers.push(() => closeSync(descriptor))
  const append = (blobs: readonly Uint8Array[]) => {
    writeSync(descriptor, Buffer.concat(blobs))
    fdatasyncSync(descriptor)
  }
  append([BLOB])
  return {
    name: fileName(batch),
    answer: () => readFileSync(path).subarray(0, BLOB.length),
    run: () => append(Array.from({ length: batch }, () => BLOB)),
    opsPerRun: batch,
  }
}
