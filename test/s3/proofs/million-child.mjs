/**
 * The two lives of million.mjs.
 *
 *     node million-child.mjs fill <data directory> <count> <few>     puts, measures when there are few and when all are there, then
 *                                                                    waits to be killed
 *     node million-child.mjs find <data directory> <count>           the first answer of the next life, and whether all is there
 *
 * Prints lines of JSON.
 */
import { createHash } from 'node:crypto'
import { openSealtrail } from '../../../dist/index.js'

const AT_ONCE = 512
const BYTES = 1500
const SAMPLES = 200
const LOOKED = 1000
/** Folders, each of which a page by folders shows once. */
const FOLDERS = 500
const Bucket = 'million-objects'
const [life, dataDir, countText, fewText] = process.argv.slice(2)
const count = Number(countText)
const begun = performance.now()
const house = await openSealtrail({ dataDir })
const { s3, kms } = house
if (life === 'fill') await fill(Number(fewText))
else await find()

async function fill(few) {
  await s3.createBucket({ Bucket })
  const { KeyMetadata } = await kms.createKey({})
  const ApplyServerSideEncryptionByDefault = {
    ...{ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KeyMetadata.Arn },
  }
  const Rules = [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled: true }]
  await s3.putBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: { Rules } })
  await put(0, few)
  const withFew = await measure(few, 'few')
  const filling = performance.now()
  await put(few, count)
  const seconds = (performance.now() - filling) / 1000
  say({ putsPerSecond: Math.round((count - few) / seconds), rssMiB: rssMiB() })
  say({ withFew, withAll: await measure(count, 'all'), measured: 2 * SAMPLES })
  // One that is acknowledged right before the end.
  await putOne('last', 'last')
  say({ isFilled: true })
  setInterval(() => undefined, 1000)
}

async function find() {
  const openMs = performance.now() - begun
  await s3.headObject({ Bucket, Key: 'last' })
  const firstAnswerMs = performance.now() - begun
  let wrong = 0
  for (let i = 0; i < LOOKED; i++) {
    const number = Math.floor((i / LOOKED) * count)
    const { Body } = await s3.getObject({ Bucket, Key: keyOf(number) })
    const bytes = await whole(Body)
    if (!bytes.equals(bytesOf(keyOf(number)))) wrong++
  }
  let listed = 0
  for (let token, more = true; more; more = token !== undefined) {
    const page = await s3.listObjectsV2({ Bucket, ContinuationToken: token })
    listed += page.KeyCount
    token = page.NextContinuationToken
  }
  say({ openMs, firstAnswerMs, processMs: performance.now(), looked: LOOKED, wrong, listed })
  await house.close()
}

async function put(from, to) {
  let next = from
  const lane = async () => {
    while (next < to) {
      const number = next++
      if (number % 50_000 === 0) process.stderr.write(`${number} objects\n`)
      await putOne(keyOf(number), keyOf(number))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}

async function putOne(Key, text) {
  await s3.putObject({ Bucket, Key, Body: bytesOf(text) })
}

/** Median milliseconds of each, one after the other. */
async function measure(there, name) {
  const at = (i) => keyOf(Math.floor((i / SAMPLES) * there))
  return {
    objects: there,
    listPage: await median((i) => s3.listObjectsV2({ Bucket, StartAfter: at(i), MaxKeys: 100 })),
    folderPage: await median(() => s3.listObjectsV2({ Bucket, Delimiter: '/', MaxKeys: 100 })),
    head: await median((i) => s3.headObject({ Bucket, Key: at(i) })),
    get: await median(async (i) => whole((await s3.getObject({ Bucket, Key: at(i) })).Body)),
    put: await median((i) => putOne(`${i % FOLDERS}/measured ${name} ${i}`, 'measured')),
  }
}

async function median(run) {
  const times = []
  for (let i = 0; i < SAMPLES; i++) {
    const from = performance.now()
    await run(i)
    times.push(performance.now() - from)
  }
  return times.sort((a, b) => a - b)[SAMPLES / 2]
}

/** In no order, as callers have them. */
function keyOf(number) {
  const mixed = Math.imul(number, 2654435761) >>> 0
  return `${mixed % FOLDERS}/${mixed.toString(16).padStart(8, '0')}-${number}`
}

function bytesOf(text) {
  return createHash('shake256', { outputLength: BYTES }).update(text).digest()
}

async function whole(body) {
  if (body instanceof Uint8Array) return Buffer.from(body)
  const pieces = []
  for await (const piece of body) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

function rssMiB() {
  return Math.round(process.memoryUsage().rss / 2 ** 20)
}

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}
