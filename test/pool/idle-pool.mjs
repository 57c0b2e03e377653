// For pool.test.ts: uses a pool, does not close it, and has nothing else to wait for.
import { openEngine } from '../../dist/engine/choose.js'
import { openPool } from '../../dist/pool/pool.js'

const dataKey = openEngine('node').generateKey()
const encryptedDataKeys = [
  { providerId: 'test', providerInfo: new Uint8Array(1), ciphertext: new Uint8Array(1) },
]
const object = { dataKey, encryptionContext: {}, encryptedDataKeys, plain: new Uint8Array(1 << 20) }
void openPool({ threads: 2 })
  .sealObject({ ...object, gzipLevel: 1 })
  .then(() => console.log('done'))
