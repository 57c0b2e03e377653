/**
 * Custom key stores in the database, each row under a MAC.
 *
 * The table is in store/view/schema/kms.ts. Source: docs/FORMAT.md §6.
 *
 * @module
 */
import { constantTimeEqual } from '../../bytes/compare.js'
import { SealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'
import { macOfColumns } from '../../root/row-mac.js'
import type { Change } from '../../store/change.js'
import type { Store } from '../../store/store.js'
import type { Row } from '../../store/view/schema.js'
import type { ConnectionErrorCode } from '../xks/failures.js'
import type { ConnectionState, KeyStore, StorePlace } from './store.js'

const TABLE = 'kms_store'

/** All of them. @throws SealtrailError `StoreDamaged` when a row is not as it was put there. */
export async function readStores(store: Store, root: Root): Promise<KeyStore[]> {
  const rows = await store.read(store.query.selectFrom(TABLE).selectAll().compile())
  return rows.map((row) => storeOf(root, row))
}

export function putStore(root: Root, store: KeyStore): Change {
  const row = {
    account: store.account,
    region: store.region,
    store_id: store.storeId,
    created_at: store.createdAt,
    name: store.name,
    uri_endpoint: store.uriEndpoint,
    uri_path: store.uriPath,
    access_key_id: store.accessKeyId,
    secret: store.secret,
    connection_state: store.state,
    error_code: store.errorCode ?? null,
  }
  return { put: TABLE, row: { ...row, mac: macOfColumns(root, TABLE, row) } }
}

export function dropStore({ account, region, storeId }: StorePlace): Change {
  return { drop: TABLE, key: { account, region, store_id: storeId } }
}

function storeOf(root: Root, row: Row<typeof TABLE>): KeyStore {
  if (!constantTimeEqual(row.mac, macOfColumns(root, TABLE, row))) {
    const message = `the row of custom key store ${row.store_id} is not as it was written: stop, and start on the journal`
    throw new SealtrailError('StoreDamaged', message, { table: TABLE })
  }
  return {
    account: row.account,
    region: row.region,
    storeId: row.store_id,
    createdAt: row.created_at,
    name: row.name,
    uriEndpoint: row.uri_endpoint,
    uriPath: row.uri_path,
    accessKeyId: row.access_key_id,
    secret: row.secret,
    state: row.connection_state as ConnectionState,
    errorCode: (row.error_code as ConnectionErrorCode | null) ?? undefined,
  }
}
