/**
 * A key's next material: when it is due, and the facts of it.
 *
 * Every material that a key ever had opens what was wrapped with it; the newest wraps. What is rotated by itself is in
 * automatic-rotation.ts. Source: AWS KMS developer guide, "Rotate AWS KMS keys".
 *
 * @module
 */
import type { Engine } from '../../engine/engine.js'
import type { Root } from '../../root/root.js'
import type { Change } from '../../store/change.js'
import type { ShapeValue } from '../model/kms.js'
import type { KmsKey, Rotation } from './key.js'
import { type CachedKey, newMaterialId } from './material.js'
import { putMaterial } from './material-rows.js'
import { putKey } from './rows.js'

export const DAY_MS = 24 * 60 * 60 * 1000
/** Unless said; and always, of AWS's own keys. */
export const ROTATION_DAYS = 365

/** Every `days`, for the first time so long after `from`. */
export function rotationFrom(from: number, days = ROTATION_DAYS): Rotation {
  return { days, at: from + days * DAY_MS }
}

/** As it goes on after one at `now`: by its schedule, or from now where that was missed for a whole period. */
export function rotationAfter({ days, at }: Rotation, now: number): Rotation {
  const next = rotationFrom(at, days)
  return next.at > now ? next : rotationFrom(now, days)
}

export interface Rotated {
  /** In the order of the keys that were given. */
  readonly next: readonly KmsKey[]
  readonly changes: readonly Change[]
  /** To be called once that is committed. */
  readonly settle: () => void
}

/** The same new material for `keys`: one, or a primary and its replicas. Imported material: imports/rotation.ts. */
export function rotate(
  { engines, root }: { readonly engines: { readonly small: Engine }; readonly root: Root },
  keys: readonly Pick<CachedKey, 'key' | 'materials'>[],
  { type, now }: { readonly type: ShapeValue<'RotationType'>; readonly now: number },
): Rotated {
  const version = keys[0]!.key.currentMaterial + 1
  const facts = { version, materialId: newMaterialId(), createdAt: now, rotation: type }
  const handle = engines.small.generateKey()
  try {
    const made = keys.map(({ key, materials }) => {
      const isScheduled = type === 'AUTOMATIC' && key.rotation !== undefined
      const rotation = isScheduled ? rotationAfter(key.rotation, now) : key.rotation
      const material = materials.wrap(handle, facts)
      return { materials, material, next: { ...key, currentMaterial: version, rotation } }
    })
    return {
      next: made.map(({ next }) => next),
      changes: made.flatMap(({ next, material }) => [
        putMaterial(root, next, material),
        putKey(root, next),
      ]),
      settle() {
        for (const { materials, material } of made) materials.add(material)
      },
    }
  } finally {
    handle.release()
  }
}
