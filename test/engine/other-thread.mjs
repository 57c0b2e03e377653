// The other side of keys.test.ts: adopts a key, seals with it, and sends back a key of its own.
import { parentPort } from 'node:worker_threads'
import { openEngine } from '../../dist/engine/choose.js'

parentPort.once('message', ({ engine: name, shared }) => {
  const engine = openEngine(name)
  const key = engine.adoptKey(shared)
  const sealed = new Uint8Array(5 + 16)
  sealed.set(Buffer.from('there'))
  engine.seal(key, new Uint8Array(12), new Uint8Array(0), sealed)
  key.release()
  const made = engine.importKey(new Uint8Array(32).fill(7))
  parentPort.postMessage({ sealed, made: engine.shareKey(made) })
})
