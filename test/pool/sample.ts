/** Objects for the pool's tests: a key, its wraps, and plaintext that compresses like a log. */
import { createHash } from 'node:crypto'
import type { Engine, KeyHandle } from '../../src/engine/engine.js'

export const encryptedDataKeys = [
  { providerId: 'test', providerInfo: Buffer.from('any'), ciphertext: Buffer.from('wrap') },
]
export const encryptionContext = { 'aws:s3:arn': 'arn:aws:s3:::logs/a', purpose: 'test' }

export function sampleKey(engine: Engine): KeyHandle {
  return engine.importKey(createHash('sha256').update('pool').digest())
}

/** Different for each `seed`. */
export function sampleLog(bytes: number, seed = 0): Uint8Array {
  const log = new Uint8Array(bytes)
  const line = Buffer.alloc(64)
  for (let at = 0; at < bytes; at += line.length) {
    line.fill(`{"eventName":"Decrypt","eventID":"${seed}-${(at * 2654435761) >>> 0}"}\n`)
    log.set(line.subarray(0, bytes - at), at)
  }
  return log
}
