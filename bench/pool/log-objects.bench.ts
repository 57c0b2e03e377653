/**
 * How much sooner does the pool compress and seal many log objects than Node's own streams do?
 *
 * CloudTrail records in objects of 5 MB; all cores. The lines to beat: createGzip level 6 into createCipheriv
 * AES-256-GCM, 64 KiB writes, for one object after the other, and for all objects at once. Ours are whole
 * sealed objects at level 6, asked for all at once. What each makes is taken apart again, to the same bytes,
 * before it is timed.
 */
import { createCipheriv, createDecipheriv, createHash, createSecretKey } from 'node:crypto'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, gunzipSync } from 'node:zlib'
import { chooseEngines } from '../../src/engine/choose.js'
import { GZIP_LEVEL } from '../../src/gzip/gzip.js'
import { wholeHeader } from '../../src/message/header.js'
import { openPool } from '../../src/pool/pool.js'
import { logObjects } from '../gzip/log-objects.js'
import { contest } from '../support/contest.js'

const OBJECTS = 12
const WRITE_BYTES = 64 * 1024
const KEY = new Uint8Array(32).fill(1)
const NONCE = new Uint8Array(12).fill(2)
const secret = createSecretKey(KEY)

const logs = logObjects(OBJECTS, 5_000_000)
const plainBytes = logs.reduce((sum, log) => sum + log.length, 0)
const { bulk: engine } = chooseEngines('auto')
const dataKey = engine.importKey(KEY)
const encryptedDataKeys = [
  { providerId: 'bench', providerInfo: Buffer.alloc(75), ciphertext: Buffer.alloc(128) },
]
const pool = openPool()

function sealWithPool(plain: Uint8Array): Promise<Uint8Array> {
  const encryptionContext = { 'aws:s3:arn': 'arn:aws:s3:::bucket/AWSLogs/1.json.gz' }
  return pool.sealObject({
    dataKey,
    encryptionContext,
    encryptedDataKeys,
    plain,
    gzipLevel: GZIP_LEVEL,
  })
}

function openWithPool(sealed: Uint8Array): Promise<Uint8Array> {
  return pool.openObject({
    dataKey,
    header: wholeHeader(sealed),
    sealed,
    gunzip: { bytesMax: 1 << 26 },
  })
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
  await pipeline(Readable.from(writes(plain)), createGzip({ level: 6 }), cipher, take)
  return Buffer.concat([...pieces, cipher.getAuthTag()])
}

function openWithNode(sealed: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', secret, NONCE).setAuthTag(sealed.subarray(-16))
  return gunzipSync(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]))
}

function* writes(plain: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < plain.length; at += WRITE_BYTES) yield plain.subarray(at, at + WRITE_BYTES)
}

async function oneAfterTheOther(): Promise<Buffer[]> {
  const all: Buffer[] = []
  for (const log of logs) all.push(await sealWithNode(log))
  return all
}
const atOnce = () => Promise.all(logs.map(sealWithNode))
const throughPool = () => Promise.all(logs.map(sealWithPool))

async function hashOf(plains: Array<Uint8Array | Promise<Uint8Array>>): Promise<Buffer> {
  const hash = createHash('sha256')
  for (const plain of plains) hash.update(await plain)
  return hash.digest()
}

const title = `gzip and seal ${OBJECTS} log objects of 5 MB (${engine.name} engine)`
const baselines = ['one Node stream', 'Node streams at once']
await contest({ title, baselines, bytesPerOp: plainBytes / OBJECTS }, [
  {
    name: 'pool',
    answer: async () => hashOf((await throughPool()).map(openWithPool)),
    run: throughPool,
    opsPerRun: OBJECTS,
  },
  {
    name: baselines[0]!,
    answer: async () => hashOf((await oneAfterTheOther()).map(openWithNode)),
    run: oneAfterTheOther,
    opsPerRun: OBJECTS,
  },
  {
    name: baselines[1]!,
    answer: async () => hashOf((await atOnce()).map(openWithNode)),
    run: atOnce,
    opsPerRun: OBJECTS,
  },
])

const sum = (all: Uint8Array[]) => all.reduce((bytes, one) => bytes + one.length, 0)
const ours = plainBytes / sum(await throughPool())
const theirs = plainBytes / sum(await atOnce())
console.log(
  `  ratio ${ours.toFixed(3)}, header and frames included; ${theirs.toFixed(3)} with Node`,
)
console.log(`  ratio ${(ours / theirs).toFixed(3)} of Node's`)
const cpu = { pool: await cpuOf(throughPool), node: await cpuOf(atOnce) }
console.log(
  `  CPU ${cpu.pool.toFixed(2)} s for each GB; ${cpu.node.toFixed(2)} s with Node at once`,
)
await pool.close()

/** CPU seconds, of all threads, for a GB: what others do on this machine does not count. */
async function cpuOf(sealAll: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await sealAll()
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1e3) / plainBytes
}
