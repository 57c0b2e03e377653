/**
 * A key's next material, where it was imported: what waits becomes the current one, in all related keys at once.
 *
 * Of fresh material: keys/rotation.ts. Source: AWS KMS developer guide, "Perform on-demand key rotation".
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import type { Root } from '../../root/root.js'
import { isWaitingIn } from '../keys/imported.js'
import type { CachedKey } from '../keys/material.js'
import { changeMaterials, together } from './changes.js'

/**
 * `keys`: one, or a primary and its replicas.
 * @throws SealtrailError `KMSInvalidStateException` where nothing waits, or not in all of them.
 */
export function rotateImported(root: Root, keys: readonly CachedKey[], now: number) {
  const missing = keys.find(({ key, materials }) => !isWaitingIn(key, materials.all))
  if (missing !== undefined) {
    const says = `${missing.key.arn} has no key material that is pending rotation.`
    throw new SealtrailError('KMSInvalidStateException', says)
  }
  const ids = new Set(keys.map(({ materials }) => materials.all.at(-1)!.materialId))
  invariant(ids.size === 1, 'the same material waits in all regions')
  const made = keys.map(({ key, materials }) => {
    const version = key.currentMaterial + 1
    const waiting = materials.all.at(-1)!
    const rotated = { ...waiting, createdAt: now, rotation: 'ON_DEMAND' as const }
    const next = { key: { ...key, currentMaterial: version }, materials }
    return changeMaterials(root, next, new Map([[version, rotated]]))
  })
  return { ...together(made), settle: () => undefined }
}
