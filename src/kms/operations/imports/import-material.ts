/**
 * ImportKeyMaterial: material of the caller's own, new to a key or the same again.
 *
 *     new        the key's first, or what waits for RotateKeyOnDemand; of related keys, the primary's before its replicas'
 *     existing   what the key knows by its id: here still, deleted, expired, or (of a replica) its primary's
 *
 * Nothing else is ever taken in the place of what a key had. What becomes of the key is in keys/imported.ts. Source: AWS KMS
 * API reference, ImportKeyMaterial.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import { changeMaterials, together } from '../../imports/changes.js'
import {
  type GivenMaterial,
  incorrectMaterial,
  takeMaterial,
} from '../../imports/given-material.js'
import { openImportToken } from '../../imports/token.js'
import { openTransport } from '../../imports/transport.js'
import type { KmsKey } from '../../keys/key.js'
import { type CachedKey, wrapMaterial } from '../../keys/material.js'
import type { KeyMaterial } from '../../keys/material-rows.js'
import { DAY_MS } from '../../keys/rotation.js'
import type { InputOf } from '../../model/kms.js'
import type { Parts } from '../../parts.js'
import { invalid, refuseOrigin, unsupported } from '../../refusals.js'
import { SYMMETRIC } from '../../specs/key-specs.js'
import { changeRelated } from '../../use/find-key.js'

type Input = InputOf<'ImportKeyMaterial'>

export interface ImportKeyMaterialOutput {
  /** The key's ARN. */
  readonly KeyId: string
  readonly KeyMaterialId: string
}

const VALID_DAYS_MAX = 365

export async function importKeyMaterial(
  parts: Parts,
  call: Call,
  input: Input,
): Promise<ImportKeyMaterialOutput> {
  const now = parts.clock.now()
  const validTo = validToOf(input, now)
  call.showDefault('expirationModel', 'KEY_MATERIAL_EXPIRES')
  return await changeRelated(parts, call, input.KeyId, async (cached, others) => {
    const { key } = cached
    if (key.origin !== 'EXTERNAL') throw refuseOrigin(key)
    checkMembers(key, input)
    const given = openGiven(parts, key, input, now)
    const shredKey = parts.root.newShredKey()
    try {
      const place = placeOf(cached, others, given, input)
      const description = input.KeyMaterialDescription ?? place.known?.imported?.description
      const material = wrapMaterial(shredKey, key, given.handle, {
        ...{ version: place.version, materialId: place.materialId },
        createdAt: place.known?.createdAt ?? now,
        rotation: place.known?.rotation,
        imported: { shredId: shredKey.id, validTo, description },
      })
      const versions = new Map([[place.version, material]])
      const kept = new Map([[shredKey.id, shredKey.bytes]])
      const made = together([changeMaterials(parts.root, cached, versions, kept)])
      const { changes, shreds, ...changed } = made
      const answer = { KeyId: key.arn, KeyMaterialId: place.materialId }
      const waits = validTo === undefined ? [] : [parts.seenTime.kept()]
      await call.succeed([...changes, ...waits], answer, { shreds })
      if (validTo !== undefined) parts.expiry.expect(validTo)
      return { ...changed, answer }
    } finally {
      shredKey.release()
      given.handle.release()
    }
  })
}

/** Milliseconds since the epoch; undefined: it stays. */
function validToOf({ ExpirationModel, ValidTo }: Input, now: number): number | undefined {
  if (ExpirationModel === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    if (ValidTo === undefined) return undefined
    const says =
      'The parameter ValidTo cannot be specified for a key with an expiration model of KEY_MATERIAL_DOES_NOT_EXPIRE'
    throw invalid(says)
  }
  if (ValidTo === undefined) {
    throw invalid('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES')
  }
  const validTo = ValidTo.getTime()
  if (validTo <= now) throw invalid('ValidTo must be in the future')
  if (validTo > now + VALID_DAYS_MAX * DAY_MS) {
    throw invalid(`ValidTo must be at most ${VALID_DAYS_MAX} days from now`)
  }
  return validTo
}

/** What may be said of key material is said of symmetric keys alone; theirs is the only one of several. */
function checkMembers({ keySpec }: KmsKey, input: Input): void {
  const { ImportType, KeyMaterialDescription, KeyMaterialId } = input
  const said = { ImportType, KeyMaterialDescription, KeyMaterialId }
  const [name] = Object.entries(said).find(([, value]) => value !== undefined) ?? []
  if (keySpec !== SYMMETRIC && name !== undefined) {
    throw invalid(`${name} can only be specified for symmetric encryption keys.`)
  }
  if (ImportType === 'NEW_KEY_MATERIAL' && KeyMaterialId !== undefined) {
    throw invalid('KeyMaterialId cannot be specified when ImportType is NEW_KEY_MATERIAL.')
  }
}

/** The caller releases the handle. */
function openGiven(
  { root, engines: { small } }: Parts,
  key: KmsKey,
  input: Input,
  now: number,
): GivenMaterial {
  const token = openImportToken(root, key, input.ImportToken, now)
  try {
    const bytes = openTransport(small.privateKeys, token, input.EncryptedKeyMaterial)
    try {
      return takeMaterial(root, small, key, bytes)
    } finally {
      bytes.fill(0)
    }
  } finally {
    token.privateKey.release()
  }
}

interface MaterialPlace {
  readonly version: number
  readonly materialId: string
  /** What is known of it already. */
  readonly known?: KeyMaterial | undefined
}

/**
 * Which version of the key's material it is.
 * @throws SealtrailError `IncorrectKeyMaterialException`, `KMSInvalidStateException`, `UnsupportedOperationException`
 */
function placeOf(
  { key, materials: { all } }: CachedKey,
  others: readonly CachedKey[],
  { materialId, formerIds }: GivenMaterial,
  { ImportType, KeyMaterialId }: Input,
): MaterialPlace {
  const ids = [materialId, ...formerIds]
  const own = all.find((one) => ids.includes(one.materialId))
  const isNew = (ImportType ?? (all.length === 0 ? 'NEW_KEY_MATERIAL' : '')) === 'NEW_KEY_MATERIAL'
  if (isNew) return newPlaceOf(key, [all, ...others.map((one) => one.materials.all)], materialId)
  const known = own ?? primaryMaterial(key, others, ids)
  const isMeant = KeyMaterialId === undefined || KeyMaterialId === materialId
  if (known === undefined || !isMeant) {
    throw incorrectMaterial('The key material is not the key material that was imported before.')
  }
  return { version: known.version, materialId: known.materialId, known: own }
}

/** @param related the materials of the key, and of each of those that are related to it. */
function newPlaceOf(
  { arn, currentMaterial, keySpec, primaryRegion }: KmsKey,
  related: readonly (readonly KeyMaterial[])[],
  materialId: string,
): MaterialPlace {
  const [all = []] = related
  if (primaryRegion !== undefined) {
    const says = `${arn} is a replica: new key material is imported into its primary key in ${primaryRegion} first.`
    throw unsupported(says)
  }
  if (all.some((one) => one.materialId === materialId)) {
    throw incorrectMaterial('The key material is associated with the KMS key already.')
  }
  if (all.length === 0) return { version: currentMaterial, materialId }
  if (keySpec !== SYMMETRIC) {
    throw incorrectMaterial('The key material is not the key material that was imported before.')
  }
  // In another region it may be the same: that of a key which was the primary before.
  const waits = related.flat().filter(({ version }) => version > currentMaterial)
  if (waits.some((one) => one.materialId !== materialId)) {
    const says = `${arn} has key material that is pending rotation.`
    throw new SealtrailError('KMSInvalidStateException', says)
  }
  return { version: currentMaterial + 1, materialId }
}

/** That a replica does not know yet. */
function primaryMaterial(
  { primaryRegion }: KmsKey,
  others: readonly CachedKey[],
  ids: readonly string[],
): KeyMaterial | undefined {
  const primary = others.find(({ key }) => key.region === primaryRegion)
  return primary?.materials.all.find((one) => ids.includes(one.materialId))
}
