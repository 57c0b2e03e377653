/**
 * Bytes that only the holder of a private key reads: under a key of their own, and that under his.
 *
 * AES-256-CBC, because AWS KMS answers so: nothing but TLS keeps such an answer from being changed. The key lives for one
 * answer, outside V8's heap, and is wiped. What the parts become is in enveloped-data.ts.
 *
 * @module
 */
import { constants, createCipheriv, type KeyObject, publicEncrypt } from 'node:crypto'
import { secretBytes } from '../../bytes/secret.js'
import { type Engine, KEY_BYTES } from '../../engine/engine.js'
import { type Enveloped, envelopedData } from './enveloped-data.js'
import { invalidDocument } from './invalid-document.js'

const IV_BYTES = 16

/** Of a private key. */
export interface Holder {
  readonly publicKey: KeyObject
  readonly keyId: Enveloped['keyId']
}

/** `plain` stays the caller's. @throws SealtrailError `ValidationException` when the key cannot encrypt */
export function sealTo(holder: Holder, plain: Uint8Array, engine: Engine): Uint8Array {
  const contentKey = secretBytes(KEY_BYTES)
  try {
    engine.randomFill(contentKey)
    return envelopedData({
      ...encrypted(contentKey, plain, engine),
      keyId: holder.keyId,
      encryptedKey: wrapped(contentKey, holder.publicKey),
    })
  } finally {
    contentKey.fill(0)
  }
}

type Content = Pick<Enveloped, 'iv' | 'encryptedContent'>

function encrypted(contentKey: Uint8Array, plain: Uint8Array, engine: Engine): Content {
  const iv = secretBytes(IV_BYTES)
  engine.randomFill(iv)
  const cipher = createCipheriv('aes-256-cbc', contentKey, iv)
  const blocks = [cipher.update(plain), cipher.final()]
  const encryptedContent = secretBytes(blocks[0]!.length + blocks[1]!.length)
  encryptedContent.set(blocks[0]!)
  encryptedContent.set(blocks[1]!, blocks[0]!.length)
  return { iv, encryptedContent }
}

function wrapped(contentKey: Uint8Array, key: KeyObject): Uint8Array {
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  try {
    return publicEncrypt({ key, padding, oaepHash: 'sha256' }, contentKey)
  } catch (cause) {
    throw invalidDocument('its public key cannot encrypt', cause)
  }
}
