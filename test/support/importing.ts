/** An importer of key material, over node:crypto alone: wraps it as AWS documents, and imports it. */
import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import type { Kms } from '../../src/kms/kms.js'

export const WRAPPINGS = [
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
] as const

type Wrapping = (typeof WRAPPINGS)[number]

export const FOR_EVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const

/** RSA-OAEP under `publicKey`, SubjectPublicKeyInfo in DER. */
export function oaep(publicKey: Uint8Array, algorithm: Wrapping, bytes: Uint8Array): Buffer {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
  const oaepHash = algorithm.endsWith('_SHA_1') ? 'sha1' : 'sha256'
  return publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, bytes)
}

/** AES key wrap with padding, RFC 5649. */
export function keyWrap(key: Uint8Array, bytes: Uint8Array): Buffer {
  const cipher = createCipheriv('id-aes256-wrap-pad', key, Buffer.from('a65959a6', 'hex'))
  return Buffer.concat([cipher.update(bytes), cipher.final()])
}

/** `material` as it is sent. */
export function wrapped(publicKey: Uint8Array, algorithm: Wrapping, material: Uint8Array): Buffer {
  if (algorithm.startsWith('RSAES_')) return oaep(publicKey, algorithm, material)
  const aesKey = randomBytes(32)
  return Buffer.concat([oaep(publicKey, algorithm, aesKey), keyWrap(aesKey, material)])
}

export interface Importing {
  readonly algorithm?: Wrapping
  readonly spec?: 'RSA_2048' | 'RSA_3072' | 'RSA_4096'
}

/** What an importer has in hand when it has wrapped the material. */
export async function prepared(
  kms: Kms,
  KeyId: string,
  material: Uint8Array,
  { algorithm = 'RSAES_OAEP_SHA_256', spec = 'RSA_2048' }: Importing = {},
) {
  const input = { KeyId, WrappingAlgorithm: algorithm, WrappingKeySpec: spec }
  const { PublicKey, ImportToken } = await kms.getParametersForImport(input)
  return { KeyId, ImportToken, EncryptedKeyMaterial: wrapped(PublicKey, algorithm, material) }
}

/** What it stays unless `more` says. */
export async function importMaterial(
  kms: Kms,
  KeyId: string,
  material: Uint8Array,
  more: Partial<Parameters<Kms['importKeyMaterial']>[0]> = {},
  how: Importing = {},
) {
  const model = more.ValidTo === undefined ? FOR_EVER : {}
  return await kms.importKeyMaterial({
    ...(await prepared(kms, KeyId, material, how)),
    ...model,
    ...more,
  })
}
