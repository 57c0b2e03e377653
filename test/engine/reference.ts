/**
 * What engines must agree with: the constructions of docs/FORMAT.md over node:crypto alone, keys in the clear.
 *
 * The published vectors are held against these (xaes.vectors, hkdf.vectors), and the engines against both.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { joined } from './sample.js'

const KEY_LABEL = Buffer.from('DERIVEKEY')
const COMMIT_LABEL = Buffer.from('COMMITKEY')

/** Ciphertext and tag. */
export function gcmSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad)
  return joined(cipher.update(plain), cipher.final(), cipher.getAuthTag())
}

/** Undefined when it is not genuine. */
export function gcmOpen(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(aad)
  decipher.setAuthTag(sealed.subarray(-16))
  try {
    return joined(decipher.update(sealed.subarray(0, -16)), decipher.final())
  } catch {
    return undefined
  }
}

/** The AES-256-GCM key that XAES derives for `nonce`. */
export function xaesKey(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const half = nonce.subarray(0, 12)
  return joined(...[1, 2].map((count) => cmac(key, joined(Uint8Array.of(0, count, 0x58, 0), half))))
}

export function xaesCommitment(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const parts = [1, 2].map((count) => Uint8Array.of(0, 1, 0, count))
  return joined(...parts.map((part) => cmac(key, joined(Buffer.from('XCMT'), nonce, part))))
}

export function xaesSeal(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  plain: Uint8Array,
): Uint8Array {
  return gcmSeal(xaesKey(key, nonce), nonce.subarray(12), aad, plain)
}

/** As Engine.wrap, with a chosen nonce. */
export function wrapped(
  key: Uint8Array,
  header: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
  context: Uint8Array,
): Uint8Array {
  const front = joined(header, nonce, xaesCommitment(key, nonce))
  return joined(front, xaesSeal(key, nonce, joined(front, context), plain))
}

export function hkdfSha512(
  ikm: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  size: number,
): Uint8Array {
  return new Uint8Array(hkdfSync('sha512', ikm, salt, info, size))
}

export function messageKeys(dataKey: Uint8Array, suite: number, messageId: Uint8Array) {
  const info = joined(Uint8Array.of(suite >> 8, suite & 0xff), KEY_LABEL)
  return {
    key: hkdfSha512(dataKey, messageId, info, 32),
    commitKey: hkdfSha512(dataKey, messageId, COMMIT_LABEL, 32),
  }
}

/** As Engine.sealHeader, with a chosen message id and `text` in place of what else a header says. */
export function sealedHeader(
  dataKey: Uint8Array,
  suite: number,
  messageId: Uint8Array,
  text: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const { key, commitKey } = messageKeys(dataKey, suite, messageId)
  const front = joined(Uint8Array.of(2, suite >> 8, suite & 0xff), messageId, text, commitKey)
  return joined(front, gcmSeal(key, new Uint8Array(12), front, new Uint8Array(0)))
}

/** AES-CMAC of whole blocks (SP 800-38B). */
function cmac(key: Uint8Array, message: Uint8Array): Uint8Array {
  const aes = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  const l = BigInt(`0x${aes.update(new Uint8Array(16)).toString('hex')}`)
  const k1 = ((l << 1n) ^ (0x87n * (l >> 127n))) & ((1n << 128n) - 1n)
  let state = Buffer.alloc(16)
  for (let at = 0; at < message.length; at += 16) {
    const mask = at + 16 === message.length ? k1 : 0n
    const block = BigInt(`0x${Buffer.from(message.subarray(at, at + 16)).toString('hex')}`)
    const input = (block ^ mask ^ BigInt(`0x${state.toString('hex')}`)).toString(16)
    state = aes.update(Buffer.from(input.padStart(32, '0'), 'hex'))
  }
  return Uint8Array.from(state)
}
