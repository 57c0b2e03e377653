/**
 * A key moves from one engine to another: wrapped, under a key that both hold for that moment.
 *
 * So its own bytes show nowhere. Within one engine it does not move at all.
 *
 * @module
 */
import { secretBytes } from '../bytes/secret.js'
import { invariant } from '../invariant.js'
import { BLOB_OVERHEAD_BYTES, type Engine, KEY_BYTES, type KeyHandle } from './engine.js'

const NO_CONTEXT = secretBytes(0)

/**
 * A handle of `to` on the key that `key` holds in `from`; for the same engine, a second handle. Both must be
 * released.
 * @throws SealtrailError `KeyReleased`
 */
export function handOver(key: KeyHandle, from: Engine, to: Engine): KeyHandle {
  if (from === to) return from.cloneKey(key)
  const blob = secretBytes(BLOB_OVERHEAD_BYTES + KEY_BYTES)
  const bytes = secretBytes(KEY_BYTES)
  const between: KeyHandle[] = []
  try {
    from.randomFill(bytes)
    for (const engine of [from, to]) between.push(engine.importKey(bytes))
    from.wrapKey(between[0]!, key, blob, NO_CONTEXT)
    const moved = to.unwrapKey(between[1]!, blob, NO_CONTEXT)
    invariant(moved !== undefined, 'an engine unwraps what another has wrapped')
    return moved
  } finally {
    bytes.fill(0)
    for (const each of between) each.release()
  }
}
