/**
 * Grants in the database: rows read, and the facts that a change puts in their place.
 *
 * A row is believed when it is as it was put there. Whoever changes something commits the facts together with the
 * record of the call. The table is in store/view/schema/kms.ts.
 *
 * @module
 */
import type { Place } from '../../aws/arn.js'
import { constantTimeEqual } from '../../bytes/compare.js'
import { SealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'
import type { Change } from '../../store/change.js'
import type { Store } from '../../store/store.js'
import type { Row } from '../../store/view/schema.js'
import type { Constraints, Grant, GrantOperation } from './grant.js'

/**
 * The grants on a key, by id.
 * @throws SealtrailError `StoreDamaged` when a row is not as it was put there.
 */
export async function readGrants(
  store: Store,
  root: Root,
  { account, region, keyId }: Place & { readonly keyId: string },
): Promise<Grant[]> {
  const rows = await store.read(
    store.query
      .selectFrom('kms_grant')
      .selectAll()
      .where('account', '=', account)
      .where('region', '=', region)
      .where('key_id', '=', keyId)
      .orderBy('grant_id')
      .compile(),
  )
  return rows.map((row) => grantOf(root, row))
}

/**
 * Grants of all accounts in a region that `retirer` may retire, by id, from after `afterId` on.
 * @throws SealtrailError `StoreDamaged` when a row is not as it was put there.
 */
export async function readRetirableGrants(
  store: Store,
  root: Root,
  { region, retirer }: { readonly region: string; readonly retirer: string },
  afterId: string,
  limit: number,
): Promise<Grant[]> {
  const rows = await store.read(
    store.query
      .selectFrom('kms_grant')
      .selectAll()
      .where('region', '=', region)
      .where('retirer', '=', retirer)
      .where('grant_id', '>', afterId)
      .orderBy('grant_id')
      .limit(limit)
      .compile(),
  )
  return rows.map((row) => grantOf(root, row))
}

export function putGrant(root: Root, grant: Grant): Change {
  const row = unsealedRow(grant)
  return { put: 'kms_grant', row: { ...row, mac: macOf(root, row) } }
}

export function dropGrant({ account, region, keyId, grantId }: Grant): Change {
  return { drop: 'kms_grant', key: { account, region, key_id: keyId, grant_id: grantId } }
}

type UnsealedRow = Omit<Row<'kms_grant'>, 'mac'>

function unsealedRow(grant: Grant): UnsealedRow {
  const { constraints } = grant
  return {
    account: grant.account,
    region: grant.region,
    key_id: grant.keyId,
    grant_id: grant.grantId,
    created_at: grant.createdAt,
    name: grant.name ?? null,
    grantee: grant.grantee,
    retirer: grant.retirer ?? null,
    issuer: grant.issuer,
    operations: JSON.stringify(grant.operations),
    constraints: constraints === undefined ? null : JSON.stringify(constraints),
  }
}

function grantOf(root: Root, { mac, ...row }: Row<'kms_grant'>): Grant {
  if (!constantTimeEqual(mac, macOf(root, row))) {
    const message = `the row of grant ${row.grant_id} is not as it was written: stop, and start on the journal`
    throw new SealtrailError('StoreDamaged', message, { grant: row.grant_id })
  }
  return {
    account: row.account,
    region: row.region,
    keyId: row.key_id,
    grantId: row.grant_id,
    createdAt: row.created_at,
    name: row.name ?? undefined,
    grantee: row.grantee,
    retirer: row.retirer ?? undefined,
    issuer: row.issuer,
    operations: JSON.parse(row.operations) as GrantOperation[],
    constraints:
      row.constraints === null ? undefined : (JSON.parse(row.constraints) as Constraints),
  }
}

/** Over the whole row; its first word tells it from the lists of other tables. */
function macOf(root: Root, row: UnsealedRow): Uint8Array {
  const { account, region, key_id, grant_id, created_at, name } = row
  const { grantee, retirer, issuer, operations, constraints } = row
  const who = [grantee, retirer, issuer]
  return root.authenticate(
    JSON.stringify([
      ...['kms_grant', account, region, key_id, grant_id, created_at, name],
      ...[...who, operations, constraints],
    ]),
  )
}
