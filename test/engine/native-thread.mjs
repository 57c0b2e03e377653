// A thread of native.test.ts: does one act, answers, and stops when told to.
import { parentPort, workerData } from 'node:worker_threads'
import { loadAddon } from '../../dist/engine/native/addon.js'
import { openNativeEngine } from '../../dist/engine/native/native.js'

const engine = openNativeEngine()
const addon = loadAddon()
const { act, input } = workerData
const keys = []

const acts = {
  /** Holds ten keys of its own and one of the main thread's, twice; and shares some of them. */
  hold() {
    for (let i = 0; i < 10; i++) keys.push(engine.generateKey())
    for (const ticket of input.tickets) keys.push(engine.adoptKey(ticket))
    keys.push(engine.cloneKey(keys[0]), engine.shareKey(keys[1]), engine.shareKey(keys.at(-1)))
    return addon.keysInUse()
  },
  share() {
    keys.push(engine.importKey(new Uint8Array(32).fill(7)))
    keys.push(engine.shareKey(keys[0]))
    return keys[1].ticket
  },
  steal() {
    return addon.xaesCommitment(input.number, new Uint8Array(24), new Uint8Array(32))
  },
  churn() {
    let opened = 0
    for (const ticket of input) {
      const key = engine.adoptKey(ticket)
      const text = new Uint8Array(48)
      engine.seal(key, new Uint8Array(12), new Uint8Array(0), text)
      if (engine.open(key, new Uint8Array(12), new Uint8Array(0), text)) opened++
      key.release()
    }
    return opened
  },
}

parentPort.once('message', () => {
  if (input?.how === 'exit') process.exit()
})
parentPort.postMessage(acts[act]())
