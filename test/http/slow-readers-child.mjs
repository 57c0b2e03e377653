/**
 * A served house in a process of its own, for slow-readers.test.ts: puts an object of BYTES, tells how to get it, and, when
 * it is asked, how much memory it has when nothing is left to collect.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openSealtrail } from '../../dist/index.js'

const [front, bytes] = [process.argv[2], Number(process.argv[3])]
const dataDir = mkdtempSync(join(tmpdir(), 'sealtrail-slow-'))
const house = await openSealtrail({ dataDir, region: 'eu-central-1' })
const { url } = await house.listen({ port: 0, front })
const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' }
await house.s3.createBucket({ Bucket: 'logs', CreateBucketConfiguration })
await house.s3.putObject({ Bucket: 'logs', Key: 'large', Body: Buffer.alloc(bytes, 'a log line') })
process.on('message', async (asked) => {
  if (asked === 'memory') {
    // Bytes of arrays go on a thread of their own, behind the one that found nobody has them.
    for (let i = 0; i < 3; i++) {
      globalThis.gc()
      await delay(50)
    }
    const [, kib] = /RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))
    const { arrayBuffers, heapTotal, heapUsed } = process.memoryUsage()
    // What V8 has in reserve for new objects is no reader's: on Node 24 it grows by 36 MB at a time.
    process.send({ anonymous: Number(kib) * 1024 - (heapTotal - heapUsed), buffers: arrayBuffers })
    return
  }
  await house.close()
  rmSync(dataDir, { recursive: true })
  process.disconnect()
})
process.send({ url, dataDir })
