/**
 * KMS keys in the database: rows read, and the facts that a change puts in their place.
 *
 * Whoever changes something commits the facts together with the record of the call. The tables are in
 * store/view/schema/kms.ts, rows of key material in material-rows.ts.
 *
 * @module
 */

import type { Place } from '../../aws/arn.js'
import { constantTimeEqual } from '../../bytes/compare.js'
import { SealtrailError } from '../../errors.js'
import type { PrincipalIds } from '../../policy/grammar/identified.js'
import type { Root } from '../../root/root.js'
import type { Change } from '../../store/change.js'
import type { Store } from '../../store/store.js'
import type { Tables } from '../../store/view/dialect.js'
import type { Row } from '../../store/view/schema.js'
import { type ExternalKey, isMultiRegion, type KmsKey, keyArn, type Rotation } from './key.js'
import type { KeyState } from './states.js'
import type { Tag } from './tags.js'

type KeyPlace = Place & { readonly keyId: string }

/** @throws SealtrailError `StoreDamaged` when the row is not as it was put there. */
export async function readKey(
  store: Tables,
  root: Root,
  place: KeyPlace,
): Promise<KmsKey | undefined> {
  const [row] = await store.read(
    store.query
      .selectFrom('kms_key')
      .selectAll()
      .where('account', '=', place.account)
      .where('region', '=', place.region)
      .where('key_id', '=', place.keyId)
      .compile(),
  )
  if (row === undefined) return undefined
  const key = keyOf(row)
  if (constantTimeEqual(row.mac, macOf(root, key))) return key
  throw damagedRow(key.arn, `the row of key ${key.arn}`)
}

export function damagedRow(arn: string, row: string): SealtrailError {
  const message = `${row} is not as it was written: stop, and start on the journal`
  return new SealtrailError('StoreDamaged', message, { key: arn })
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

/** Another account than `account` that has a key with this id in the region. */
export async function readForeignOwner(
  store: Store,
  { account, region, keyId }: KeyPlace,
): Promise<string | undefined> {
  const [row] = await store.read(
    store.query
      .selectFrom('kms_key')
      .select('account')
      .where('region', '=', region)
      .where('key_id', '=', keyId)
      .where('account', '!=', account)
      .orderBy('account')
      .limit(1)
      .compile(),
  )
  return row?.account
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

/** Regions other than its own in which the account has a key with this id: those of one multi-Region key. */
export async function readRelated(
  store: Tables,
  { account, region, keyId }: KeyPlace,
): Promise<string[]> {
  if (!isMultiRegion(keyId)) return []
  const rows = await store.read(
    store.query
      .selectFrom('kms_key')
      .select('region')
      .where('key_id', '=', keyId)
      .where('account', '=', account)
      .where('region', '!=', region)
      .orderBy('region')
      .compile(),
  )
  return rows.map((row) => row.region)
}

/** Every enabled key that is rotated by itself, soonest first; replicas are rotated with their primary. */
export async function readRotations(
  store: Store,
  limit: number,
): Promise<Array<KeyPlace & { at: number }>> {
  const rows = await store.read(
    store.query
      .selectFrom('kms_key')
      .select(['account', 'region', 'key_id', 'rotation_at'])
      .where('rotation_at', 'is not', null)
      .where('primary_region', 'is', null)
      .where('key_state', '=', 'Enabled')
      .orderBy('rotation_at')
      .limit(limit)
      .compile(),
  )
  return rows.map(({ account, region, key_id, rotation_at }) => {
    return { account, region, keyId: key_id, at: rotation_at! }
  })
}

/** Keys of a custom key store: one, or the one that is called `xksKeyId` there. */
export async function readKeyInStore(
  store: Store,
  { account, region }: Place,
  storeId: string,
  xksKeyId?: string,
): Promise<string | undefined> {
  let query = store.query
    .selectFrom('kms_key')
    .select('key_id')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('store_id', '=', storeId)
    .limit(1)
  if (xksKeyId !== undefined) query = query.where('xks_key_id', '=', xksKeyId)
  const [row] = await store.read(query.compile())
  return row?.key_id
}

/** The key as it is from now on. */
export function putKey(root: Root, key: KmsKey): Change {
  const row = {
    account: key.account,
    region: key.region,
    key_id: key.keyId,
    created_at: key.createdAt,
    description: key.description,
    key_state: key.keyState,
    deletion_at: key.deletionAt ?? null,
    key_spec: key.keySpec,
    key_usage: key.keyUsage,
    origin: key.origin,
    multi_region: key.multiRegion ? 1 : 0,
    policy: key.policy,
    principals: key.principals.length === 0 ? null : JSON.stringify(key.principals),
    tags: JSON.stringify(key.tags),
    current_material: key.currentMaterial,
    shred_id: key.shredId,
    managed_by: key.managedBy ?? null,
    primary_region: key.primaryRegion ?? null,
    deletion_days: key.deletionDays ?? null,
    rotation_days: key.rotation?.days ?? null,
    rotation_at: key.rotation?.at ?? null,
    store_id: key.external?.storeId ?? null,
    xks_key_id: key.external?.keyId ?? null,
    mac: macOf(root, key),
  }
  return { put: 'kms_key', row }
}

/** The key and these versions of its material; its grants go with it. */
export function dropKey(
  { account, region, keyId }: KeyPlace,
  versions: readonly number[],
): Change[] {
  const key = { account, region, key_id: keyId }
  return [
    ...versions.map((version): Change => ({ drop: 'kms_material', key: { ...key, version } })),
    { drop: 'kms_key', key },
  ]
}

function keyOf(row: Row<'kms_key'>): KmsKey {
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
    principals: listIn<PrincipalIds[number]>(row, row.principals),
    tags: listIn<Tag>(row, row.tags),
    currentMaterial: row.current_material,
    shredId: row.shred_id,
    managedBy: row.managed_by ?? undefined,
    primaryRegion: row.primary_region ?? undefined,
    deletionDays: row.deletion_days ?? undefined,
    rotation: rotationOf(row),
    external: externalOf(row),
  }
}

/** @throws SealtrailError `StoreDamaged` */
function listIn<Item>(row: Row<'kms_key'>, text: string | null): readonly Item[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]')
    if (Array.isArray(list)) return list
  } catch {
    // It is no JSON.
  }
  const arn = keyArn(row, row.key_id)
  throw damagedRow(arn, `the row of key ${arn}`)
}

function rotationOf({ rotation_days, rotation_at }: Row<'kms_key'>): Rotation | undefined {
  if (rotation_days === null || rotation_at === null) return undefined
  return { days: rotation_days, at: rotation_at }
}

function externalOf({ store_id, xks_key_id }: Row<'kms_key'>): ExternalKey | undefined {
  if (store_id === null || xks_key_id === null) return undefined
  return { storeId: store_id, keyId: xks_key_id }
}

/** Over all that decides what may be done with the key but its tags, of which SECURITY.md says what that means. */
function macOf(root: Root, key: KmsKey): Uint8Array {
  const { account, region, keyId, keyState, deletionAt = null, policy, shredId } = key
  const { keySpec, keyUsage, origin, multiRegion, currentMaterial } = key
  const manager = key.managedBy === undefined ? [] : [key.managedBy]
  const what = [keySpec, keyUsage, origin, multiRegion, currentMaterial, shredId, ...manager]
  const who = key.principals.length === 0 ? [] : [key.principals]
  const { rotation, primaryRegion, deletionDays, external } = key
  const more = {
    ...(rotation && { rotation: [rotation.days, rotation.at] }),
    ...(primaryRegion !== undefined && { primary_region: primaryRegion }),
    ...(deletionDays !== undefined && { deletion_days: deletionDays }),
    ...(external && { external: [external.storeId, external.keyId] }),
  }
  const rest = Object.keys(more).length === 0 ? [] : [more]
  return root.authenticate(
    JSON.stringify([
      account,
      region,
      keyId,
      keyState,
      deletionAt,
      policy,
      ...what,
      ...who,
      ...rest,
    ]),
  )
}
