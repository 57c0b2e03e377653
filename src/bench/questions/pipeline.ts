/**
 * How much sooner does the pool compress and seal many log files than Node's own streams do?
 *
 * Log files of 5 MB; all cores, and one. The lines to beat: createGzip level 6 into createCipheriv AES-256-GCM, 64 KiB
 * writes and reads, for one file after the other, and for all of them at once; and gzip and cipher of whole files, all at
 * once on Node's own threads, of which there is one for each core (UV_THREADPOOL_SIZE, cli/bench). Ours are whole sealed
 * objects at level 6. What each makes is taken apart again, to the same bytes, before it is timed.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, createHash, createSecretKey } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createGzip, gunzipSync, gzip } from 'node:zlib'
import { chooseEngines } from '../../engine/choose.js'
import { GZIP_LEVEL } from '../../gzip/gzip.js'
import { wholeHeader } from '../../message/header.js'
import { openPool } from '../../pool/pool.js'
import type { Contender } from '../contest.js'
import { logFile } from '../log-files.js'
import type { Held, Needs } from '../question.js'

const FILES = 12
const QUICK_FILES = 4
const FILE_BYTES = 5_000_000
const WRITE_BYTES = 64 * 1024
const KEY = new Uint8Array(32).fill(1)
const NONCE = new Uint8Array(12).fill(2)
const ENCRYPTION_CONTEXT = { 'aws:s3:arn': 'arn:aws:s3:::bucket/AWSLogs/1.json.gz' }
const ENCRYPTED_DATA_KEYS = [
  { providerId: 'bench', providerInfo: Buffer.alloc(75), ciphertext: Buffer.alloc(128) },
]
const ONE_STREAM = 'one Node stream'
const ALL_STREAMS = 'Node streams at once'
const ALL_WHOLE = 'whole files by Node at once'

const gzipWhole = promisify(gzip)

const secret = createSecretKey(KEY)

export async function* contests(needs: Needs): AsyncGenerator<Held> {
  const files = needs.isQuick ? QUICK_FILES : FILES
  const logs = Array.from({ length: files }, (_, i) => logFile(i, FILE_BYTES))
  const bytes = logs.reduce((sum, log) => sum + log.length, 0)
  const cores = availableParallelism()
  const ours = ofPool(logs, cores, needs)
  const pools = cores === 1 ? [ours] : [ofPool(logs, 1, needs), ours]
  const ratio = bytes / sizeOf(await Promise.all(logs.map(sealWithNode)))
  needs.note(
    `Node streams compress ${ratio.toFixed(3)} to 1; sealtrail, header and frames included, ${(bytes / sizeOf(await ours.run())).toFixed(3)}`,
  )
  yield {
    title: `gzip and seal ${files} log files of ${FILE_BYTES / 1e6} MB`,
    ...{ baselines: [ONE_STREAM, ALL_STREAMS, ALL_WHOLE], bytesPerOp: bytes / files },
    contenders: [
      ...pools,
      byNode(ONE_STREAM, logs, async () => {
        const all: Buffer[] = []
        for (const log of logs) all.push(await sealWithNode(log))
        return all
      }),
      byNode(ALL_STREAMS, logs, () => Promise.all(logs.map(sealWithNode))),
      byNode(ALL_WHOLE, logs, () => Promise.all(logs.map(sealWholeWithNode))),
    ],
  }
}

function sizeOf(all: readonly Uint8Array[]): number {
  return all.reduce((bytes, one) => bytes + one.length, 0)
}

interface OfPool extends Contender {
  readonly run: () => Promise<Uint8Array[]>
}

function ofPool(
  logs: readonly Buffer[],
  threads: number,
  { closers, engine: name }: Needs,
): OfPool {
  const { bulk: engine } = chooseEngines(name)
  const dataKey = engine.importKey(KEY)
  const pool = openPool({ threads })
  closers.push(async () => {
    await pool.close()
    dataKey.release()
  })
  const seal = (plain: Uint8Array) =>
    pool.sealObject({
      ...{ dataKey, plain, gzipLevel: GZIP_LEVEL },
      ...{ encryptionContext: ENCRYPTION_CONTEXT, encryptedDataKeys: ENCRYPTED_DATA_KEYS },
    })
  const open = (sealed: Uint8Array) =>
    pool.openObject({
      ...{ dataKey, header: wholeHeader(sealed), sealed },
      gunzip: { bytesMax: 1 << 26 },
    })
  const run = () => Promise.all(logs.map(seal))
  return {
    name: `sealtrail, ${engine.name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    answer: async () => hashOf((await run()).map(open)),
    run,
    opsPerRun: logs.length,
  }
}

function byNode(name: string, logs: readonly Buffer[], run: () => Promise<Buffer[]>): Contender {
  return {
    name,
    answer: async () => hashOf((await run()).map(openWithNode)),
    run,
    opsPerRun: logs.length,
  }
}

async function sealWithNode(plain: Uint8Array): Promise<Buffer> {
  const pieces: Buffer[] = []
  const cipher = createCipheriv('aes-256-gcm', secret, NONCE)
  const take = new Writable({
    write(piece: Buffer, _encoding, done) {
      pieces.push(piece)
      done()
    },
  })
  await pipeline(
    Readable.from(writes(plain)),
    createGzip({ level: 6, chunkSize: WRITE_BYTES }),
    cipher,
    take,
  )
  return Buffer.concat([...pieces, cipher.getAuthTag()])
}

async function sealWholeWithNode(plain: Uint8Array): Promise<Buffer> {
  const member = await gzipWhole(plain, { level: 6, chunkSize: WRITE_BYTES })
  const cipher = createCipheriv('aes-256-gcm', secret, NONCE)
  const text = cipher.update(member)
  cipher.final()
  return Buffer.concat([text, cipher.getAuthTag()])
}

function openWithNode(sealed: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', secret, NONCE).setAuthTag(sealed.subarray(-16))
  return gunzipSync(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]))
}

function* writes(plain: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < plain.length; at += WRITE_BYTES) yield plain.subarray(at, at + WRITE_BYTES)
}

async function hashOf(plains: ReadonlyArray<Uint8Array | Promise<Uint8Array>>): Promise<Buffer> {
  const hash = createHash('sha256')
  for (const plain of plains) hash.update(await plain)
  return hash.digest()
}
