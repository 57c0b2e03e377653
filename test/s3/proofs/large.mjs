/**
 * Objects of many GiB through HTTP, up and down: whole by their hash, while the server's memory stays what it was.
 *
 * By one PUT as far as S3 takes one (5 GiB), and in parts; through each front. The client is AWS's SDK, in this process; the
 * server is another, whose resident memory is read from /proc every few milliseconds. Needs Linux.
 */
import { createCipheriv, createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Upload } from '@aws-sdk/lib-storage'
import { clientsOf, startServe } from './served.mjs'

const GIB = 2 ** 30
const MIB = 2 ** 20
const PUT_GIB_MAX = 5
const PIECE_BYTES = 256 * 1024
const PART_BYTES = 64 * MIB
const GROWTH_MIB_MAX = 64
const LOOK_MS = 20
/** What a server that has done it all before takes is the line to measure from. */
const WARM_BYTES = 256 * MIB
const Bucket = 'large-objects'

/**
 * @param wanted { folder: an empty directory with room; gib; onState }
 * @returns { states: transfers; transfers: of each, what, seconds, MB/s, growth of the memory; findings }
 */
export async function moveLarge({ folder, gib, onState }) {
  const report = { states: 0, transfers: [], findings: [] }
  for (const front of ['native', 'node']) {
    const place = join(folder, front)
    mkdirSync(place)
    await moveThrough(front, { place, gib, report, onState })
    rmSync(place, { recursive: true })
  }
  return report
}

async function moveThrough(front, { place, gib, report, onState }) {
  const dataDir = join(place, 'data')
  const { child, url, gone } = startServe(dataDir, { front })
  const { s3, kms, destroy } = clientsOf(await url, dataDir)
  const { KeyMetadata } = await kms.createKey({})
  const sse = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyMetadata.Arn }
  await s3.createBucket({ Bucket })
  const ways = {
    'one PUT': (given) => s3.putObject(given),
    'parts of 64 MiB': (params) =>
      new Upload({ client: s3, params, partSize: PART_BYTES, queueSize: 2 }).done(),
  }
  const died = gone.then(({ how, said }) => {
    throw new Error(`the server ended with ${how}: ${said}`)
  })
  try {
    for (const [way, upload] of Object.entries(ways)) {
      const isOne = way === 'one PUT'
      const bytes = Math.floor((isOne ? Math.min(gib, PUT_GIB_MAX) : gib) * GIB)
      const move = async (Key, size, what) => {
        const { body, hash } = pseudoRandom(size)
        const given = { Bucket, Key, Body: body, ...sse }
        await what('up', () => upload(isOne ? { ...given, ContentLength: size } : given))
        let is
        await what('down', async () => {
          const digest = createHash('sha256')
          for await (const piece of (await s3.getObject({ Bucket, Key })).Body) digest.update(piece)
          is = digest.digest('hex')
        })
        if (is !== hash()) report.findings.push({ front, way, size, is: 'not what was put' })
        await s3.deleteObject({ Bucket, Key })
      }
      await move('warm', Math.min(bytes, WARM_BYTES), (_, run) => run())
      await move('large', bytes, async (direction, run) => {
        const transfer = await Promise.race([measured(child.pid, bytes, run), died])
        report.transfers.push({ front, way, direction, bytes, ...transfer })
        report.states++
        if (transfer.growthMib > GROWTH_MIB_MAX) {
          report.findings.push({ front, way, direction, growthMib: transfer.growthMib })
        }
        onState?.(report, 8)
      })
    }
  } finally {
    destroy()
    child.kill('SIGTERM')
    await died.catch(() => undefined)
  }
}

async function measured(pid, bytes, run) {
  const before = rssBytes(pid)
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, rssBytes(pid))
  }, LOOK_MS)
  const begun = performance.now()
  try {
    await run()
  } finally {
    clearInterval(timer)
  }
  const seconds = (performance.now() - begun) / 1000
  return {
    seconds,
    megabytesPerSecond: bytes / 1e6 / seconds,
    rssMib: before / MIB,
    growthMib: (most - before) / MIB,
  }
}

/** 0 of a process that has ended. */
function rssBytes(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
}

/** Bytes that no stretch of comes twice, as they are read; and their hash, once they have been. */
function pseudoRandom(size) {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16))
  const zeros = Buffer.alloc(PIECE_BYTES)
  const digest = createHash('sha256')
  function* pieces() {
    for (let at = 0; at < size; at += PIECE_BYTES) {
      const piece = cipher.update(zeros.subarray(0, Math.min(PIECE_BYTES, size - at)))
      digest.update(piece)
      yield piece
    }
  }
  return { body: Readable.from(pieces(), { objectMode: false }), hash: () => digest.digest('hex') }
}
