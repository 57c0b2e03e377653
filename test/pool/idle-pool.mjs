// For pool.test.ts: uses a pool, does not close it, and has nothing else to wait for.
import { openPool } from '../../dist/pool/pool.js'

const plain = new Uint8Array(1 << 20)
void openPool({ threads: 2 })
  .gzip({ plain })
  .then(() => console.log('done'))
