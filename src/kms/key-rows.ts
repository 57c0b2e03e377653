/**
 * KMS keys and their material in the database: rows read, and the writes of every change.
 *
 * Writes are compiled queries and not executed: whoever changes something commits them together with the
 * record of the call. The tables are in store/view/schema.ts.
 *
 * @module
 */
import type { CompiledQuery, Selectable } from 'kysely'
import type { Store } from '../store/store.js'
import type { KmsKeyTable } from '../store/view/schema.js'
import type { Place } from './arn.js'
import { type KmsKey, keyArn } from './key.js'
import type { KeyState } from './key-states.js'
import type { Tag } from './tags.js'

/** One version of a key's material, wrapped by the root. */
export interface KeyMaterial {
  readonly version: number
  /** 64 hex digits, random: tells nothing of the material. */
  readonly materialId: string
  readonly wrapped: Uint8Array
  readonly createdAt: number
}

type KeyPlace = Place & { readonly keyId: string }

export async function readKey(store: Store, place: KeyPlace): Promise<KmsKey | undefined> {
  const [row] = await store.read(
    store.query
      .selectFrom('kms_key')
      .selectAll()
      .where('account', '=', place.account)
      .where('region', '=', place.region)
      .where('key_id', '=', place.keyId)
      .compile(),
  )
  return row && keyOf(row)
}

export async function readMaterials(store: Store, place: KeyPlace): Promise<KeyMaterial[]> {
  const rows = await store.read(
    store.query
      .selectFrom('kms_material')
      .select(['version', 'material_id', 'wrapped', 'created_at'])
      .where('account', '=', place.account)
      .where('region', '=', place.region)
      .where('key_id', '=', place.keyId)
      .orderBy('version')
      .compile(),
  )
  return rows.map(({ version, material_id, wrapped, created_at }) => {
    return { version, materialId: material_id, wrapped, createdAt: created_at }
  })
}

/** Ids in the order of creation, from after `afterSeq` on. */
export async function readKeyIds(
  store: Store,
  { account, region }: Place,
  afterSeq: number,
  limit: number,
): Promise<Array<{ readonly seq: number; readonly key_id: string }>> {
  return await store.read(
    store.query
      .selectFrom('kms_key')
      .select(['seq', 'key_id'])
      .where('account', '=', account)
      .where('region', '=', region)
      .where('seq', '>', afterSeq)
      .orderBy('seq')
      .limit(limit)
      .compile(),
  )
}

/** Every key with a date of deletion, soonest first. */
export async function readDeletions(store: Store): Promise<Array<KeyPlace & { at: number }>> {
  const rows = await store.read(
    store.query
      .selectFrom('kms_key')
      .select(['account', 'region', 'key_id', 'deletion_at'])
      .where('deletion_at', 'is not', null)
      .orderBy('deletion_at')
      .compile(),
  )
  return rows.map(({ account, region, key_id, deletion_at }) => {
    return { account, region, keyId: key_id, at: deletion_at! }
  })
}

export function insertKey(
  { query }: Pick<Store, 'query'>,
  key: KmsKey,
  material: KeyMaterial,
): CompiledQuery[] {
  const place = { account: key.account, region: key.region, key_id: key.keyId }
  const row = {
    ...place,
    created_at: key.createdAt,
    key_spec: key.keySpec,
    key_usage: key.keyUsage,
    origin: key.origin,
    multi_region: key.multiRegion ? 1 : 0,
    policy: key.policy,
    current_material: key.currentMaterial,
    ...changeable(key),
  }
  const materialRow = {
    ...place,
    version: material.version,
    material_id: material.materialId,
    wrapped: material.wrapped,
    created_at: material.createdAt,
  }
  return [
    query.insertInto('kms_key').values(row).compile(),
    query.insertInto('kms_material').values(materialRow).compile(),
  ]
}

/** What of a key changes while it lives. */
export function updateKey({ query }: Pick<Store, 'query'>, key: KmsKey): CompiledQuery {
  return query
    .updateTable('kms_key')
    .set(changeable(key))
    .where('account', '=', key.account)
    .where('region', '=', key.region)
    .where('key_id', '=', key.keyId)
    .compile()
}

/** The key with its material, and the aliases that point at it. */
export function deleteKey({ query }: Pick<Store, 'query'>, place: KeyPlace): CompiledQuery[] {
  const { account, region, keyId } = place
  return [
    query
      .deleteFrom('kms_alias')
      .where('account', '=', account)
      .where('region', '=', region)
      .where('target_key_id', '=', keyId)
      .compile(),
    query
      .deleteFrom('kms_material')
      .where('account', '=', account)
      .where('region', '=', region)
      .where('key_id', '=', keyId)
      .compile(),
    query
      .deleteFrom('kms_key')
      .where('account', '=', account)
      .where('region', '=', region)
      .where('key_id', '=', keyId)
      .compile(),
  ]
}

function changeable(key: KmsKey) {
  return {
    description: key.description,
    key_state: key.keyState,
    deletion_at: key.deletionAt ?? null,
    tags: JSON.stringify(key.tags),
  }
}

function keyOf(row: Selectable<KmsKeyTable>): KmsKey {
  return {
    account: row.account,
    region: row.region,
    keyId: row.key_id,
    arn: keyArn(row, row.key_id),
    createdAt: row.created_at,
    description: row.description,
    keyState: row.key_state as KeyState,
    deletionAt: row.deletion_at ?? undefined,
    keySpec: row.key_spec as KmsKey['keySpec'],
    keyUsage: row.key_usage as KmsKey['keyUsage'],
    origin: row.origin as KmsKey['origin'],
    multiRegion: row.multi_region === 1,
    policy: row.policy,
    tags: JSON.parse(row.tags) as Tag[],
    currentMaterial: row.current_material,
  }
}
