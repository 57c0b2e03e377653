// A thread of native-private-keys.test.ts: tries a key of the main thread's and holds one of its own; orders some and waits; or
// makes, uses and releases many.
import { parentPort, workerData } from 'node:worker_threads'
import { loadAddon } from '../../dist/engine/native/addon.js'
import { openNativeEngine } from '../../dist/engine/native/native.js'
import { PRIVATE_KEY_SPECS } from '../../dist/engine/private-keys.js'

const addon = loadAddon()
parentPort.once('message', () => {})
if (workerData === 'order') {
  const { privateKeys } = openNativeEngine()
  for (let i = 0; i < 3; i++) void privateKeys.generate('RSA_2048')
  parentPort.postMessage('ordered')
} else if (typeof workerData === 'object') {
  parentPort.postMessage(churn(workerData))
} else {
  const answer = addon.privateExport(workerData, new Uint8Array(2560))
  parentPort.postMessage({
    answer,
    key: addon.privateGenerate(PRIVATE_KEY_SPECS.indexOf('ECC_NIST_P256')),
  })
}

/** How many signatures were genuine. */
function churn({ keys, rounds, seed }) {
  const { privateKeys } = openNativeEngine()
  const held = []
  let genuine = 0
  for (let round = 0; round < rounds; round++) {
    const { spec, algorithm, bytes } = keys[(round * 7 + seed) % keys.length]
    held.push({ key: privateKeys.importKey(spec, bytes), algorithm })
    if (held.length > 20) held.splice((round * 5) % held.length, 1)[0].key.release()
    const { key, algorithm: how } = held[(round * 3) % held.length]
    const signature = privateKeys.sign(key, how, bytes, 'RAW')
    if (privateKeys.verify(key, how, bytes, 'RAW', signature)) genuine++
  }
  for (const { key } of held) key.release()
  return genuine
}
