/**
 * One look at a house as it is: how long it takes to open, what calls cost, what memory it holds.
 *
 *     node growth-child.mjs DIR KEYID [BUCKET]      prints one line of JSON; of a bucket that has objects, calls of S3 too
 *
 * A process of its own, so that nothing is warm but the system's cache of files.
 */
import { openSealtrail } from '../../../dist/index.js'

const CALLS = 2000
const AT_ONCE = 64

const LISTED = 1000

const [dataDir, keyId, Bucket] = process.argv.slice(2)
const begun = performance.now()
const house = await openSealtrail({ dataDir })
const opened = performance.now()
const made = await house.kms.generateDataKey({ KeyId: keyId, KeySpec: 'AES_256' })
const answered = performance.now()
const decrypt = () => house.kms.decrypt({ CiphertextBlob: made.CiphertextBlob })
// The compiler's share is not the house's.
await cpuOf(decrypt)
const report = {
  openMs: opened - begun,
  firstAnswerMs: answered - begun,
  decryptUs: await cpuOf(decrypt),
  createKeyUs: await cpuOf(() => house.kms.createKey({}), CALLS / 10),
  listKeysMs: await msOf(() => house.kms.listKeys({ Limit: 1000 })),
  newestRecordsMs: await msOf(() => house.records({ limit: 50 })),
  ...(Bucket === undefined ? {} : await objectCosts()),
  rssMiB: process.memoryUsage.rss() / 2 ** 20,
}
await house.close()
process.stdout.write(`${JSON.stringify(report)}\n`)

/** Calls in no order, as callers have them. */
async function objectCosts() {
  const { s3 } = house
  const { Contents } = await s3.listObjectsV2({ Bucket, MaxKeys: LISTED })
  const Body = Buffer.alloc(1500, 1)
  let [put, got] = [0, 0]
  const putNext = () => s3.putObject({ Bucket, Key: `measured/${put++}`, Body })
  const getNext = () =>
    s3.getObject({ Bucket, Key: Contents[(got++ * 7919) % Contents.length].Key })
  return {
    putObjectUs: await cpuOf(putNext, CALLS / 10),
    getObjectUs: await cpuOf(async () => wholeOf((await getNext()).Body), CALLS / 10),
    listObjectsMs: await msOf(() => s3.listObjectsV2({ Bucket, MaxKeys: LISTED })),
  }
}

async function wholeOf(body) {
  if (body instanceof Uint8Array) return
  for await (const _ of body);
}

/** Microseconds of CPU of a call, of all threads. */
async function cpuOf(call, calls = CALLS) {
  const before = process.cpuUsage()
  for (let left = calls; left > 0; left -= AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, call))
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / calls
}

async function msOf(call) {
  await call()
  const begun = performance.now()
  for (let i = 0; i < 5; i++) await call()
  return (performance.now() - begun) / 5
}
