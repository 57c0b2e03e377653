/**
 * A child process of stream.test.ts: passes BYTES through seal and open and prints, as JSON, how far the
 * resident memory rose above what it was after a first small pass, and whether the bytes came back.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { openSealtrail } from '../../dist/index.js'

const [total, piece] = [Number(process.argv[2]), 256 * 1024]
const folder = mkdtempSync(join(tmpdir(), 'sealtrail-stream-'))
const sealtrail = await openSealtrail({ dataDir: join(folder, 'data') })
const { KeyMetadata } = await sealtrail.kms.createKey({})
const pattern = Buffer.alloc(piece, 'a log line that is not all the same, ')

async function pass(bytes) {
  const sums = { in: createHash('sha256'), out: createHash('sha256') }
  let top = 0
  function* source() {
    for (let at = 0; at < bytes; at += piece) {
      const part = Buffer.from(pattern.subarray(0, Math.min(piece, bytes - at)))
      part.writeUInt32BE(at / piece, 0)
      sums.in.update(part)
      yield part
    }
  }
  await pipeline(
    Readable.from(source(), { objectMode: false }),
    sealtrail.sealStream({ keyId: KeyMetadata.KeyId, encryptionContext: { test: 'memory' } }),
    sealtrail.openStream({}),
    async (plain) => {
      for await (const part of plain) {
        sums.out.update(part)
        top = Math.max(top, process.memoryUsage.rss())
      }
    },
  )
  return { same: sums.in.digest('hex') === sums.out.digest('hex'), top }
}

await pass(64 << 20)
const before = process.memoryUsage.rss()
const { same, top } = await pass(total)
process.stdout.write(`${JSON.stringify({ same, grownBytes: top - before })}\n`)
await sealtrail.close()
rmSync(folder, { recursive: true })
