// A thread of native-private-keys.test.ts: tries a key of the main thread's and holds one of its own; or orders some and waits.
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
} else {
  const answer = addon.privateExport(workerData, new Uint8Array(2560))
  parentPort.postMessage({
    answer,
    key: addon.privateGenerate(PRIVATE_KEY_SPECS.indexOf('ECC_NIST_P256')),
  })
}
