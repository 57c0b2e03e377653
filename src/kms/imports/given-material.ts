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
import { BIT_STRING, element, elementsOf, SEQUENCE } from '../../bytes/der.js'
import { type Engine, KEY_BYTES } from '../../engine/engine.js'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import type { Root } from '../../root/root.js'
import type { KmsKey } from '../keys/key.js'
import { isPrivate, type MaterialHandle } from '../keys/material.js'

/** Of a point, written. */
const UNCOMPRESSED = 4

export interface GivenMaterial {
  /** Whoever takes it releases it. */
  readonly handle: MaterialHandle
  /** 64 hex digits. */
  readonly materialId: string
  /** By which keys may know it that were imported before engines agreed on how to write a point. */
  readonly formerIds: readonly string[]
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
  const idOf = (what: Uint8Array) => root.materialId(context, what)
  const formerly = key.keySpec.startsWith('ECC_') ? otherPoints(told) : []
  return { handle, materialId: idOf(told), formerIds: formerly.map(idOf) }
}

/** The public key of a curve, its point compressed and hybrid; Ed25519 has one form. Source: SEC 1 §2.3.3. */
function otherPoints(spki: Uint8Array): Uint8Array[] {
  const [algorithm, bits] = elementsOf(elementsOf(spki)[0]!.content)
  const point = bits!.content.subarray(1)
  if (point[0] !== UNCOMPRESSED) return []
  const sign = point.at(-1)! & 1
  const x = point.subarray(1, (point.length + 1) / 2)
  const forms = [
    [Buffer.of(2 | sign), x],
    [Buffer.of(6 | sign), point.subarray(1)],
  ]
  const named = element(SEQUENCE, algorithm!.content)
  return forms.map((form) => element(SEQUENCE, named, element(BIT_STRING, Buffer.of(0), ...form)))
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
