/**
 * A house that grows, in keys, in objects or in records, and what it costs to open it and to call it at each size.
 *
 * Filled by the library, looked at by a process of its own (growth-child.mjs). A finding is a size at which a call costs
 * more than twice of what it cost at the first one, or a start that takes longer than two seconds.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSealtrail } from '../../../dist/index.js'

const CHILD = fileURLToPath(new URL('growth-child.mjs', import.meta.url))
const AT_ONCE = 256
const DATA_KEYS = 4096
const START_MS_MAX = 2000
const COSTS = [
  ...['decryptUs', 'createKeyUs', 'listKeysMs', 'newestRecordsMs'],
  ...['putObjectUs', 'getObjectUs', 'listObjectsMs'],
]
const [BUCKET, FOLDERS, OBJECT_BYTES] = ['growing-objects', 500, 1500]
const DEARER_MAX = 2
/** Milliseconds of a page, microseconds of a call: what a busy machine adds. */
const SLACK = 20

/** `keys`, `objects` and `records`: the most of each; the sizes before are tenths of it. */
export async function grow({ keys, objects, records, folder, onState }) {
  const report = { states: 0, findings: [], curves: {} }
  for (const [what, most, fill] of [
    ['keys', keys, fillKeys],
    ['objects', objects, fillObjects],
    ['records', records, fillRecords],
  ]) {
    const dir = join(folder, what)
    mkdirSync(dir)
    const curve = []
    let count = 0
    for (const size of [most / 100, most / 10, most].map(Math.ceil)) {
      await fill(join(dir, 'data'), size - count, count)
      count = size
      curve.push({ size, ...look(dir, what === 'objects' ? [BUCKET] : []) })
      report.states++
      onState(report, 9)
    }
    report.curves[what] = curve
    report.findings.push(...findingsOf(what, curve))
  }
  return report
}

let keyId

async function fillKeys(dataDir, count) {
  const house = await openSealtrail({ dataDir })
  for (let left = count; left > 0; left -= AT_ONCE) {
    const made = Array.from({ length: Math.min(left, AT_ONCE) }, () => house.kms.createKey({}))
    keyId = (await Promise.all(made))[0].KeyMetadata.KeyId
  }
  await house.close()
}

/** Small ones under a KMS key with a bucket key; `first` are there. */
async function fillObjects(dataDir, count, first) {
  const { s3, kms, close } = await openSealtrail({ dataDir })
  const { KeyMetadata } = await kms.createKey({})
  keyId = KeyMetadata.KeyId
  if (first === 0) await s3.createBucket({ Bucket: BUCKET })
  const sse = {
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: KeyMetadata.Arn,
    BucketKeyEnabled: true,
  }
  const Body = Buffer.alloc(OBJECT_BYTES, 1)
  let next = first
  const lane = async () => {
    while (next < first + count) {
      const mixed = Math.imul(next++, 2654435761) >>> 0
      const Key = `${mixed % FOLDERS}/${mixed.toString(16)}`
      await s3.putObject({ Bucket: BUCKET, Key, Body, ...sse })
    }
  }
  await Promise.all(Array.from({ length: 2 * AT_ONCE }, lane))
  await close()
}

/** A record for each data key. */
async function fillRecords(dataDir, count) {
  const house = await openSealtrail({ dataDir })
  const { KeyMetadata } = await house.kms.createKey({})
  keyId = KeyMetadata.KeyId
  for (let left = count; left > 0; left -= DATA_KEYS) {
    const NumberOfKeys = Math.min(left, DATA_KEYS)
    await house.kms.generateDataKeys({ KeyId: keyId, KeySpec: 'AES_256', NumberOfKeys })
  }
  await house.close()
}

function look(dir, more) {
  const args = [CHILD, join(dir, 'data'), keyId, ...more]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

function findingsOf(what, curve) {
  const [first] = curve
  return curve.flatMap((point) => [
    ...COSTS.filter((cost) => point[cost] > DEARER_MAX * first[cost] + SLACK).map((cost) => {
      return { what, size: point.size, cost, was: first[cost], is: point[cost] }
    }),
    ...(point.firstAnswerMs > START_MS_MAX
      ? [{ what, size: point.size, firstAnswerMs: point.firstAnswerMs }]
      : []),
  ])
}
