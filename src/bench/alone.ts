/**
 * What is left of key operations without a key service: the algorithms alone, which ask nobody and record nothing.
 *
 * node:crypto with KeyObjects; for ML-DSA, which it lacks before Node 24, @noble/post-quantum.
 *
 * @module
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'

const [IV_BYTES, KEY_BYTES] = [12, 32]

export interface Alone {
  readonly name: string
  readonly run: () => unknown
}

const NODE = 'node:crypto alone'

/** A data key, under a key of its own. */
export function wrapAlone(aad: Uint8Array): Alone {
  const secret = createSecretKey(randomBytes(KEY_BYTES))
  return { name: NODE, run: () => wrap(secret, aad) }
}

export function unwrapAlone(aad: Uint8Array): Alone {
  const secret = createSecretKey(randomBytes(KEY_BYTES))
  const { iv, text, tag } = wrap(secret, aad)
  const run = () => {
    const decipher = createDecipheriv('aes-256-gcm', secret, iv).setAAD(aad)
    decipher.setAuthTag(tag)
    const plain = decipher.update(text)
    decipher.final()
    return plain
  }
  return { name: NODE, run }
}

/** What is random is asked for at once. */
function wrap(secret: KeyObject, aad: Uint8Array) {
  const random = randomBytes(IV_BYTES + KEY_BYTES)
  const iv = random.subarray(0, IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(aad)
  const text = cipher.update(random.subarray(IV_BYTES))
  cipher.final()
  return { iv, text, tag: cipher.getAuthTag() }
}

export function macAlone(message: Uint8Array): Alone {
  const secret = createSecretKey(randomBytes(KEY_BYTES))
  return { name: NODE, run: () => createHmac('sha256', secret).update(message).digest() }
}

export function signAlone(kind: 'P-256' | 'RSA-2048' | 'Ed25519', message: Uint8Array): Alone {
  switch (kind) {
    case 'P-256': {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      return { name: NODE, run: () => sign('sha256', message, privateKey) }
    }
    case 'RSA-2048': {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      return { name: NODE, run: () => sign('sha256', message, privateKey) }
    }
    case 'Ed25519': {
      const { privateKey } = generateKeyPairSync('ed25519')
      return { name: NODE, run: () => sign(null, message, privateKey) }
    }
  }
}

export function mlDsaAlone(message: Uint8Array): Alone {
  const key = nodeMlDsaKey()
  if (key !== undefined) return { name: NODE, run: () => sign(null, message, key) }
  const { secretKey } = ml_dsa65.keygen()
  return { name: '@noble/post-quantum alone', run: () => ml_dsa65.sign(message, secretKey) }
}

function nodeMlDsaKey(): KeyObject | undefined {
  try {
    // A name that the types of older versions do not have.
    return generateKeyPairSync('ml-dsa-65' as 'ed25519').privateKey
  } catch {
    return undefined
  }
}
