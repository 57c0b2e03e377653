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
import type { Materials } from './material.js'
import { type KeyMaterial, putKey, putMaterial } from './rows.js'

const DAY_MS = 24 * 60 * 60 * 1000
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
  readonly next: KmsKey
  /** For {@link Materials.add}, once it is committed. */
  readonly material: KeyMaterial
  readonly changes: readonly Change[]
}

export function rotate(
  { engines, root }: { readonly engines: { readonly small: Engine }; readonly root: Root },
  key: KmsKey,
  materials: Materials,
  { type, now }: { readonly type: ShapeValue<'RotationType'>; readonly now: number },
): Rotated {
  const material = materials.fresh(engines.small, { createdAt: now, rotation: type })
  const rotation =
    type === 'AUTOMATIC' && key.rotation !== undefined
      ? rotationAfter(key.rotation, now)
      : key.rotation
  const next: KmsKey = { ...key, currentMaterial: material.version, rotation }
  return { next, material, changes: [putMaterial(key, material), putKey(root, next)] }
}
