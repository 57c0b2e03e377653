/**
 * What was imported, as a handle, and told again: material has the same id whenever it is imported into the same key.
 *
 *     SYMMETRIC_DEFAULT    32 bytes
 *     HMAC_*               as many bytes as its hash gives, or more, up to 128
 *     RSA_*, ECC_*         a private key in PKCS #8, DER
 *
 * A private key is told by its public key, as it may come in more than one form; all else by its bytes. Related keys of several
 * regions have one key id and one id for the same material. Source: AWS KMS developer guide,
 * "Requirements for imported key material"; docs/FORMAT.md §3.
 *
 * @module
 */
import { type Engine, KEY_BYTES } from '../../engine/engine.js'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import type { Root } from '../../root/root.js'
import type { KmsKey } from '../keys/key.js'
import { isPrivate, type MaterialHandle } from '../keys/material.js'

export interface GivenMaterial {
  /** Whoever takes it releases it. */
  readonly handle: MaterialHandle
  /** 64 hex digits. */
  readonly materialId: string
}

/**
 * `bytes` are copied, and stay the caller's.
 * @throws SealtrailError `IncorrectKeyMaterialException` for what is no material of the key's spec.
 */
export function takeMaterial(
  root: Root,
  engine: Engine,
  key: KmsKey,
  bytes: Uint8Array,
): GivenMaterial {
  const handle = handleOf(engine, key, bytes)
  if (handle === undefined) {
    throw incorrectMaterial(`The key material is not valid for KeySpec ${key.keySpec}.`)
  }
  const isPair = isPrivate(handle) && !handle.spec.startsWith('HMAC_')
  const told = isPair ? engine.privateKeys.publicKey(handle) : bytes
  const { account, keyId } = key
  const context = { 'sealtrail:account': account, 'sealtrail:key-id': keyId }
  return { handle, materialId: root.materialId(context, told) }
}

export function incorrectMaterial(message: string): SealtrailError {
  return new SealtrailError('IncorrectKeyMaterialException', message)
}

function handleOf(
  engine: Engine,
  { keySpec }: KmsKey,
  bytes: Uint8Array,
): MaterialHandle | undefined {
  if (keySpec === 'SYMMETRIC_DEFAULT') {
    return bytes.length === KEY_BYTES ? engine.importKey(bytes) : undefined
  }
  invariant(keySpec !== 'SM2', 'there are no keys of SM2')
  return engine.privateKeys.importKey(keySpec, bytes)
}
