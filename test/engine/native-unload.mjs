// Loads the addon in worker threads only, so that Node unloads it with each thread that ends.
import { isMainThread, Worker } from 'node:worker_threads'

const THREADS = 8

if (isMainThread) {
  for (let i = 0; i < THREADS; i++) await run()
  console.log(`loaded by ${THREADS} threads`)
} else {
  const { openNativeEngine } = await import('../../dist/engine/native/native.js')
  const engine = openNativeEngine()
  const key = engine.generateKey()
  engine.wrap(key, new Uint8Array(128), new Uint8Array(0))
}

function run() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url))
    worker.once('error', reject)
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit ${code}`))))
  })
}
