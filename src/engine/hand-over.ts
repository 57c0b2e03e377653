/**
 * A key moves from one engine to another.
 *
 * On the way its bytes stand in one scratch per thread, wiped before anyone else runs. Within one engine
 * they do not move at all.
 *
 * @module
 */
import { secretBytes } from '../bytes/secret.js'
import { type Engine, KEY_BYTES, type KeyHandle } from './engine.js'

const scratch = secretBytes(KEY_BYTES)

/**
 * A handle of `to` on the key that `key` holds in `from`; for the same engine, a second handle. Both must be
 * released.
 * @throws SealtrailError `KeyReleased`
 */
export function handOver(key: KeyHandle, from: Engine, to: Engine): KeyHandle {
  if (from === to) return to.adoptKey(from.shareKey(key))
  try {
    from.exportKey(key, scratch)
    return to.importKey(scratch)
  } finally {
    scratch.fill(0)
  }
}
