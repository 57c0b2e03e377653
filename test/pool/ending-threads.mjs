// Starts threads that seal and open, inline and in pools of their own, ends them at any moment, and tells what they
// left. `node test/pool/ending-threads.mjs 200 native` is the long form.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { openEngine } from '../../dist/engine/choose.js'
import { handOver } from '../../dist/engine/hand-over.js'
import { loadAddon } from '../../dist/engine/native/addon.js'
import { wholeHeader } from '../../dist/message/header.js'
import { rawAesKeyring } from '../../dist/message/raw-aes-keyring.js'
import { openPool } from '../../dist/pool/pool.js'
import { sealedObjects } from '../../dist/sealed-objects.js'

/** Longer than it takes until threads of a pool that lost its owner have ended. */
const SETTLING_MS = 10_000
/** Moments at which threads are ended lie apart by this part of the whole, so that they never come again. */
const GOLDEN = 0.618
const MOMENTS_MS = 30
const encryptionContext = { purpose: 'test' }

if (isMainThread) await supervise(Number(process.argv[2]), process.argv[3])
else await seal(workerData)

async function supervise(threads, engineName) {
  const rounds = []
  for (let i = 0; i < threads; i++) {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { engineName, isInline: i % 2 === 0 },
    })
    await workingOf(worker)
    await setTimeout(((i * GOLDEN) % 1) * MOMENTS_MS)
    await worker.terminate()
    rounds.push(left())
  }
  for (let waited = 0; left().keys > 0 && waited < SETTLING_MS; waited += 50) await setTimeout(50)
  console.log(JSON.stringify({ early: rounds[Math.floor(threads / 4)], last: left() }))
}

/** When its pool's threads have loaded: Node 20 itself may crash when a thread is ended while it imports. */
function workingOf(worker) {
  let messages = 0
  return new Promise((resolve, reject) => {
    worker.on('error', reject).on('message', () => {
      if (++messages === 4) resolve()
    })
  })
}

async function seal({ engineName, isInline }) {
  const engine = openEngine(engineName)
  const keyring = rawAesKeyring({ namespace: 'test', name: 'key', key: new Uint8Array(32).fill(1) })
  const pool = openPool({ threads: 2 })
  const plain = new Uint8Array(isInline ? 100_000 : 5_000_000)
  const objects = sealedObjects({ kms: {}, engines: { bulk: engine, small: engine }, pool })
  const inline = async () => {
    await objects.open(await objects.seal(plain, { keyring, encryptionContext }), { keyring })
  }
  const pooled = async () => {
    const { dataKey: made, encryptedDataKeys } = await keyring.generateDataKey(
      engine,
      encryptionContext,
    )
    const dataKey = handOver(made, engine, engine)
    made.release()
    const sealed = await pool.sealObject({ dataKey, plain, encryptionContext, encryptedDataKeys })
    await pool.openObject({ dataKey, header: wholeHeader(sealed), sealed })
    dataKey.release()
  }
  const work = isInline ? inline : pooled
  const goOn = async () => {
    for (;;) {
      await work()
      parentPort.postMessage('sealed')
    }
  }
  await Promise.all([goOn(), goOn(), goOn()])
}

function left() {
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))
  return {
    keys: loadAddon()?.keysInUse() ?? 0,
    descriptors: readdirSync('/proc/self/fd').length,
    rssMiB: Math.round(Number(rss[1]) / 1024),
  }
}
