/**
 * Key material of a seed: on its way from base64 into an engine, and compared there.
 *
 * @module
 */
import { constantTimeEqual } from '../bytes/compare.js'
import { secretBytes } from '../bytes/secret.js'
import { type Engine, KEY_BYTES, type KeyHandle } from '../engine/engine.js'

/** 24 bytes: no random nonce ever meets them. */
const COMPARING = Buffer.from('sealtrail seed compare 1', 'latin1')

/** `text` is 32 bytes in base64; it is a string, and stays until it is collected. */
export function importMaterial(engine: Engine, text: string): KeyHandle {
  const bytes = secretBytes(KEY_BYTES)
  try {
    Buffer.from(bytes.buffer).write(text, 'base64')
    return engine.importKey(bytes)
  } finally {
    bytes.fill(0)
  }
}

/** Whether both are handles on the same bytes; nobody sees them. */
export function isSameMaterial(engine: Engine, one: KeyHandle, other: KeyHandle): boolean {
  return constantTimeEqual(
    engine.xaesCommitment(one, COMPARING),
    engine.xaesCommitment(other, COMPARING),
  )
}
