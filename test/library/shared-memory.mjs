// For given-bytes.test.ts: seals memory that another thread writes to all the while, in every way there is.
import { Worker } from 'node:worker_threads'
import { openSealtrail } from '../../dist/index.js'

const [dataDir, engine] = process.argv.slice(2)
const SMALL_BYTES = 60_000
const shared = new Uint8Array(new SharedArrayBuffer(300_000))
const writer = new Worker(
  `const { workerData: bytes } = require('node:worker_threads')
   const noise = require('node:crypto').randomBytes(bytes.length)
   for (;;) { bytes.fill(97); bytes.set(noise) }`,
  { eval: true, workerData: shared },
)
const sealtrail = await openSealtrail({ dataDir, engine, threads: 1 })
const { KeyId } = (await sealtrail.kms.createKey({})).KeyMetadata
for (let i = 0; i < 60; i++) {
  for (const plain of [shared.subarray(0, SMALL_BYTES), shared]) {
    const sealed = await sealtrail.seal(plain, { keyId: KeyId, gzip: 1 + (i % 12) })
    const opened = await sealtrail.open(sealed, { gunzip: { bytesMax: plain.length } })
    if (opened.length !== plain.length) throw new Error('another length')
  }
}
await writer.terminate()
await sealtrail.close()
console.log('sealed and opened')
