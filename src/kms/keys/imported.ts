/**
 * Imported key material: which of it is here, what that makes of the key, and how AWS says it.
 *
 *     version   1 … current          CURRENT, NON_CURRENT: the key's for good, and all of it must be here for the key to be used
 *               current + 1          PENDING_ROTATION: waits for RotateKeyOnDemand, and may be given up for other material
 *
 * A key has at most one that waits. Related keys of several regions have the same versions; one that waits is
 * PENDING_MULTI_REGION_IMPORT_AND_ROTATION until it is here in all of them. Source: AWS KMS developer guide, "Importing key
 * material for AWS KMS keys"; AWS KMS API reference, RotationsListEntry.
 *
 * @module
 */
import type { ShapeValue } from '../model/kms.js'
import type { KmsKey } from './key.js'
import type { KeyMaterial } from './material-rows.js'
import type { KeyState } from './states.js'

/** Whether everything is here that the key may have to open with. */
export function isComplete(key: KmsKey, materials: readonly KeyMaterial[]): boolean {
  const own = materials.filter(({ version }) => version <= key.currentMaterial)
  return own.length === key.currentMaterial && own.every(isHere)
}

export function isHere({ wrapped }: KeyMaterial): boolean {
  return wrapped !== undefined
}

/** The state of the key when it has `materials`; of one that is to be deleted, it stays what it is. */
export function stateWith(key: KmsKey, materials: readonly KeyMaterial[]): KeyState {
  if (key.deletionAt !== undefined || key.deletionDays !== undefined) return key.keyState
  if (!isComplete(key, materials)) return 'PendingImport'
  return key.keyState === 'PendingImport' ? 'Enabled' : key.keyState
}

export interface Expiration {
  readonly ExpirationModel?: ShapeValue<'ExpirationModelType'>
  readonly ValidTo?: Date
}

/** When the first of what is the key's for good goes; nothing, when nothing is here. */
export function expirationOf(key: KmsKey, materials: readonly KeyMaterial[]): Expiration {
  const own = materials.filter((one) => one.version <= key.currentMaterial && isHere(one))
  const ends = own.flatMap(({ imported }) => imported?.validTo ?? [])
  if (own.length === 0 || key.origin !== 'EXTERNAL') return {}
  return expiration(ends.length === 0 ? undefined : Math.min(...ends))
}

function expiration(validTo: number | undefined): Expiration {
  if (validTo === undefined) return { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
  return { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date(validTo) }
}

export interface ImportedEntry extends Expiration {
  readonly ImportState: ShapeValue<'ImportState'>
  readonly KeyMaterialDescription?: string
}

/** What a list of rotations says of it, beside what it says of any material. */
export function importedEntry(material: KeyMaterial): Partial<ImportedEntry> {
  const { imported } = material
  if (imported === undefined) return {}
  const { description, validTo } = imported
  return {
    ...(description !== undefined && { KeyMaterialDescription: description }),
    ImportState: isHere(material) ? 'IMPORTED' : 'PENDING_IMPORT',
    ...(isHere(material) && expiration(validTo)),
  }
}

/** Whether material is here that waits for a rotation of this key. */
export function isWaitingIn(key: KmsKey, materials: readonly KeyMaterial[]): boolean {
  return materials.some((one) => one.version === key.currentMaterial + 1 && isHere(one))
}

export function stateOfMaterial(
  key: KmsKey,
  { version }: KeyMaterial,
  isEverywhere: boolean,
): ShapeValue<'KeyMaterialState'> {
  if (version === key.currentMaterial) return 'CURRENT'
  if (version < key.currentMaterial) return 'NON_CURRENT'
  return isEverywhere ? 'PENDING_ROTATION' : 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
}

/** As it is without its bytes: to be imported again. */
export function goneMaterial(material: KeyMaterial): KeyMaterial {
  const imported = { shredId: undefined, validTo: undefined }
  return { ...material, wrapped: undefined, imported: { ...material.imported!, ...imported } }
}
