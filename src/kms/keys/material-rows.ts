/**
 * Key material as rows: every version that a key ever had, wrapped; of imported material also what is awaited again.
 *
 * Imported material is wrapped under a shred of its own, so that it can go for good while its key stays. What is said of it
 * (when it goes, what it must be when it comes again) stands under a MAC. Handles on material are in material.ts, the key's own row in rows.ts.
 * Source: docs/FORMAT.md §6.
 *
 * @module
 */
import type { Place } from '../../aws/arn.js'
import { constantTimeEqual } from '../../bytes/compare.js'
import type { Root } from '../../root/root.js'
import { macOfColumns } from '../../root/row-mac.js'
import type { Change } from '../../store/change.js'
import type { Store } from '../../store/store.js'
import type { Tables } from '../../store/view/dialect.js'
import type { Row } from '../../store/view/schema.js'
import type { ShapeValue } from '../model/kms.js'
import type { KmsKey } from './key.js'
import { damagedRow } from './rows.js'

/** One version of a key's material. */
export interface KeyMaterial {
  readonly version: number
  /** 64 hex digits, random; of imported material root.materialId. Tells nothing of the material. */
  readonly materialId: string
  /** Undefined: it was imported, and is not here any more, or not yet. */
  readonly wrapped: Uint8Array | undefined
  /** When the key came by it; of imported material that was rotated to: when. */
  readonly createdAt: number
  /** How the key came by it; undefined for its first. */
  readonly rotation?: ShapeValue<'RotationType'> | undefined
  /** Of all material of a key whose origin is EXTERNAL. */
  readonly imported?: Imported | undefined
}

export interface Imported {
  /** Of the shred that wraps it, while it is here. */
  readonly shredId: string | undefined
  /** It goes then; never unless said. */
  readonly validTo: number | undefined
  readonly description: string | undefined
}

/** Shred keys by their ids, as they are kept: wrapped by the root. */
export type Shreds = ReadonlyMap<string, Uint8Array>

export interface ShredSource {
  shred(id: string): Promise<Uint8Array | undefined> | Uint8Array | undefined
}

type KeyPlace = Place & { readonly keyId: string }

/** @throws SealtrailError `StoreDamaged` when a row of imported material is not as it was put there. */
export async function readMaterials(
  store: Tables,
  root: Root,
  key: KmsKey,
): Promise<KeyMaterial[]> {
  const rows = await store.read(
    store.query
      .selectFrom('kms_material')
      .selectAll()
      .where('account', '=', key.account)
      .where('region', '=', key.region)
      .where('key_id', '=', key.keyId)
      .orderBy('version')
      .compile(),
  )
  return rows.map((row) => materialOf(root, key, row))
}

/**
 * The shreds under which the key's material is wrapped, without those of which a repair has said that they are gone.
 * @throws SealtrailError `StoreDamaged` when nobody knows of one: a row was put back that had been there before.
 */
export async function readShreds(
  store: ShredSource,
  { arn, shredId }: KmsKey,
  versions: readonly KeyMaterial[],
): Promise<Shreds> {
  const ids = [shredId, ...versions.flatMap(({ imported }) => imported?.shredId ?? [])]
  const shreds = new Map<string, Uint8Array>()
  for (const id of ids) {
    const bytes = await store.shred(id)
    if (bytes === undefined) throw damagedRow(arn, `a row of key ${arn}`)
    if (bytes.length > 0) shreds.set(id, bytes)
  }
  return shreds
}

/** When a version of a key's material goes by itself. */
export interface End extends KeyPlace {
  readonly version: number
  readonly at: number
}

/** Of all imported material that goes by itself, soonest first. */
export async function readEnds(store: Store, limit: number): Promise<End[]> {
  const rows = await store.read(
    store.query
      .selectFrom('kms_material')
      .select(['account', 'region', 'key_id', 'version', 'valid_to'])
      .where('valid_to', 'is not', null)
      .orderBy('valid_to')
      .limit(limit)
      .compile(),
  )
  return rows.map(({ account, region, key_id, version, valid_to }) => {
    return { account, region, keyId: key_id, version, at: valid_to! }
  })
}

export function putMaterial(
  root: Root,
  { account, region, keyId }: KeyPlace,
  material: KeyMaterial,
): Change {
  const { imported } = material
  const row = {
    ...{ account, region, key_id: keyId, version: material.version },
    material_id: material.materialId,
    wrapped: material.wrapped ?? null,
    created_at: material.createdAt,
    rotation: material.rotation ?? null,
    shred_id: imported?.shredId ?? null,
    valid_to: imported?.validTo ?? null,
    description: imported?.description ?? null,
  }
  const mac = imported === undefined ? null : macOfColumns(root, 'kms_material', row)
  return { put: 'kms_material', row: { ...row, mac } }
}

export function dropMaterial({ account, region, keyId }: KeyPlace, version: number): Change {
  return { drop: 'kms_material', key: { account, region, key_id: keyId, version } }
}

function materialOf(root: Root, key: KmsKey, row: Row<'kms_material'>): KeyMaterial {
  const { version, material_id, wrapped, created_at, rotation } = row
  const material = {
    ...{ version, materialId: material_id, wrapped: wrapped ?? undefined, createdAt: created_at },
    rotation: (rotation as KeyMaterial['rotation']) ?? undefined,
  }
  if (key.origin !== 'EXTERNAL') return material
  const { mac, ...columns } = row
  if (mac === null || !constantTimeEqual(mac, macOfColumns(root, 'kms_material', columns))) {
    throw damagedRow(key.arn, `the row of material ${version} of key ${key.arn}`)
  }
  const { shred_id, valid_to, description } = row
  const imported = {
    shredId: shred_id ?? undefined,
    validTo: valid_to ?? undefined,
    description: description ?? undefined,
  }
  return { ...material, imported }
}
