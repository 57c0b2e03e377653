/**
 * What a change of a key's imported material comes to: the key, its material, and what is committed of both.
 *
 * Material that comes has a shred of its own, kept before it is told; that of material which goes is erased behind it. The
 * key's state is what its material makes of it (keys/imported.ts).
 *
 * @module
 */
import type { Root } from '../../root/root.js'
import type { Change, ShredChange } from '../../store/change.js'
import { goneMaterial, stateWith } from '../keys/imported.js'
import type { KmsKey } from '../keys/key.js'
import type { CachedKey, Materials } from '../keys/material.js'
import { dropMaterial, type KeyMaterial, putMaterial, type Shreds } from '../keys/material-rows.js'
import { putKey } from '../keys/rows.js'

export interface MaterialsChange {
  readonly next: KmsKey
  readonly materials: Materials
  readonly changes: readonly Change[]
  readonly shreds: readonly ShredChange[]
}

/** Of a version: what it is from now on; undefined: the key has it no more. */
type Versions = ReadonlyMap<number, KeyMaterial | undefined>

/** @param kept the shreds of what comes. */
export function changeMaterials(
  root: Root,
  { key, materials: old }: Pick<CachedKey, 'key' | 'materials'>,
  versions: Versions,
  kept: Shreds = new Map(),
): MaterialsChange {
  const materials = old.changed(versions, kept)
  const next = { ...key, keyState: stateWith(key, materials.all) }
  const left = new Set(materials.shredIds)
  return {
    next,
    materials,
    changes: [putKey(root, next), ...[...versions].map((one) => changeOf(root, key, one))],
    shreds: [
      ...[...kept].map(([keep, bytes]) => ({ keep, bytes })),
      ...old.shredIds.filter((id) => !left.has(id)).map((erase) => ({ erase })),
    ],
  }
}

function changeOf(
  root: Root,
  key: KmsKey,
  [version, material]: readonly [number, KeyMaterial | undefined],
): Change {
  return material === undefined ? dropMaterial(key, version) : putMaterial(root, key, material)
}

/** `material` goes: what is the key's for good is awaited again, what waits for a rotation is given up. */
export function withoutMaterial({ currentMaterial }: KmsKey, material: KeyMaterial): Versions {
  const isGivenUp = material.version > currentMaterial
  return new Map([[material.version, isGivenUp ? undefined : goneMaterial(material)]])
}

/** Of several keys, as Keys.changeRelated takes them. */
export function together(made: readonly MaterialsChange[]) {
  return {
    next: made.map(({ next }) => next),
    materials: new Map(made.map(({ next, materials }) => [next.region, materials])),
    changes: made.flatMap(({ changes }) => changes),
    shreds: made.flatMap(({ shreds }) => shreds),
  }
}
