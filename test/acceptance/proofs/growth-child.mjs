/**
 * One look at a house as it is: how long it takes to open, what calls cost, what memory it holds.
 *
 *     node growth-child.mjs DIR KEYID       prints one line of JSON
 *
 * A process of its own, so that nothing is warm but the system's cache of files.
 */
import { openSealtrail } from '../../../dist/index.js'

const CALLS = 2000
const AT_ONCE = 64

const [dataDir, keyId] = process.argv.slice(2)
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
  rssMiB: process.memoryUsage.rss() / 2 ** 20,
}
await house.close()
process.stdout.write(`${JSON.stringify(report)}\n`)

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
