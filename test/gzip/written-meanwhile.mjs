// Compresses and unpacks memory that another thread writes to all the while, and lives to tell.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const BYTES = 300_000
const ROUNDS = 12

if (isMainThread) await compress()
else write(workerData)

async function compress() {
  const { gzip } = await import('../../dist/gzip/gzip.js')
  const { gunzip } = await import('../../dist/gzip/gunzip.js')
  const memory = new Uint8Array(new SharedArrayBuffer(BYTES))
  const writer = new Worker(new URL(import.meta.url), { workerData: memory })
  await new Promise((resolve) => writer.once('message', resolve))
  const bytesMax = 2 * BYTES
  let members = 0
  for (let round = 0; round < ROUNDS; round++) {
    for (let level = 0; level <= 12; level++) {
      const plain = gunzip(gzip(memory, level), { bytesMax })
      if (plain.length !== BYTES) throw new Error(`${plain.length} bytes came back`)
      members++
    }
  }
  const member = gzip(Buffer.from('one event, '.repeat(9000)))
  const shared = new Uint8Array(new SharedArrayBuffer(member.length))
  await writer.terminate()
  const damager = new Worker(new URL(import.meta.url), { workerData: shared })
  await new Promise((resolve) => damager.once('message', resolve))
  for (let round = 0; round < 500; round++) {
    shared.set(member)
    try {
      gunzip(shared, { bytesMax })
    } catch (error) {
      if (error.code !== 'GzipDamaged' && error.code !== 'OutputTooLarge') throw error
    }
  }
  await damager.terminate()
  console.log(`${members} members`)
}

/** Now text that packs well, now bytes that do not pack at all. */
function write(memory) {
  const noise = Uint8Array.from({ length: 65_536 }, (_, i) => (i * 2654435761) >>> 13)
  for (let round = 0; ; round++) {
    for (let at = 0; at < memory.length; at += noise.length) {
      if (round % 2 === 0) memory.fill(97, at, at + noise.length)
      else memory.set(noise.subarray(0, memory.length - at), at)
    }
    if (round === 1) parentPort.postMessage('writing')
  }
}
