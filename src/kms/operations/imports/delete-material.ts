/**
 * DeleteImportedKeyMaterial: the material goes for good, the key waits for it to be imported again.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import { changeMaterials, together, withoutMaterial } from '../../imports/changes.js'
import { isHere } from '../../keys/imported.js'
import type { CachedKey } from '../../keys/material.js'
import type { KeyMaterial } from '../../keys/material-rows.js'
import type { InputOf } from '../../model/kms.js'
import type { Parts } from '../../parts.js'
import { recordOfSynchronization } from '../../records.js'
import { refuseOrigin } from '../../refusals.js'
import { changeRelated } from '../../use/find-key.js'

export interface DeleteImportedKeyMaterialOutput {
  /** The key's ARN. */
  readonly KeyId: string
  /** Unless there was none. */
  readonly KeyMaterialId?: string
}

export async function deleteImportedKeyMaterial(
  parts: Parts,
  call: Call,
  { KeyId, KeyMaterialId }: InputOf<'DeleteImportedKeyMaterial'>,
): Promise<DeleteImportedKeyMaterialOutput> {
  return await changeRelated(parts, call, KeyId, async (cached, others) => {
    const { key } = cached
    if (key.origin !== 'EXTERNAL') throw refuseOrigin(key)
    const material = meantMaterial(cached, KeyMaterialId)
    const answer = { KeyId: key.arn, ...(material && { KeyMaterialId: material.materialId }) }
    const keys = material === undefined ? [] : keysThatLose(cached, others, material)
    const { changes, shreds, ...changed } = together(
      keys.map((one) => {
        const own = versionOf(one, material!.version)!
        return changeMaterials(parts.root, one, withoutMaterial(one.key, own))
      }),
    )
    const replicas = keys.flatMap((one) => (one.key === key ? [] : [one.key]))
    const records = replicas.map((one) => recordOfSynchronization(call.time, one))
    await call.succeed(changes, answer, { shreds, records })
    return { ...changed, answer }
  })
}

/** The current one unless said. @throws SealtrailError `NotFoundException` */
function meantMaterial(cached: CachedKey, materialId: string | undefined) {
  if (materialId === undefined) return versionOf(cached, cached.key.currentMaterial)
  const meant = cached.materials.all.find((one) => one.materialId === materialId)
  if (meant !== undefined) return meant
  const says = `Key material ${materialId} is not associated with ${cached.key.arn}.`
  throw new SealtrailError('NotFoundException', says)
}

/** What waits for a rotation goes with its primary's; of all else each key has its own. */
function keysThatLose(
  cached: CachedKey,
  others: readonly CachedKey[],
  { version }: KeyMaterial,
): CachedKey[] {
  const { key } = cached
  const isOfAll = version > key.currentMaterial && key.primaryRegion === undefined
  return [cached, ...(isOfAll ? others : [])].filter((one) => {
    const material = versionOf(one, version)
    return material !== undefined && isHere(material)
  })
}

function versionOf({ materials }: CachedKey, version: number): KeyMaterial | undefined {
  return materials.all.find((one) => one.version === version)
}
