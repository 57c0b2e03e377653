// The other side of keys.test.ts: adopts a key, seals with it, and sends back a ticket for a key of its own.
import { parentPort } from 'node:worker_threads'
import { openEngine } from '../../dist/engine/choose.js'

const shared = []

// Listening keeps the thread alive, and a ticket lasts no longer than the thread that gave it.
parentPort.on('message', ({ engine: name, ticket }) => {
  const engine = openEngine(name)
  const key = engine.adoptKey(ticket)
  const sealed = new Uint8Array(5 + 16)
  sealed.set(Buffer.from('there'))
  engine.seal(key, new Uint8Array(12), new Uint8Array(0), sealed)
  key.release()
  const made = engine.importKey(new Uint8Array(32).fill(7))
  shared.push(engine.shareKey(made))
  parentPort.postMessage({ sealed, made: shared[0].ticket })
})
