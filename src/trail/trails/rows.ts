/**
 * Trails, delivered files and signing keys as rows, each under a MAC: put, dropped, and read back.
 *
 * The tables are in store/view/schema/trail.ts. Source: docs/FORMAT.md §6, §11.
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
import type { Trail, TrailConfig, TrailState } from './trail.js'

type TrailTable = 'trail' | 'trail_file' | 'trail_key'

/** A log file that was delivered. */
export interface DeliveredFile {
  readonly trailId: string
  readonly key: string
  readonly deliveredAt: number
  readonly bucket: string
  readonly region: string
  /** Hex, of the bytes within the gzip member. */
  readonly hash: string
  /** As they stand in the records. */
  readonly oldest: string
  readonly newest: string
  /** When it was due: of one that came when the digest of its hour was closed. */
  readonly dueAt?: number
}

/** A pair of keys as it is kept. */
export interface SigningKeyRow {
  readonly region: string
  readonly validFrom: number
  readonly validUntil: number
  readonly publicKey: Uint8Array
  readonly wrapped: Uint8Array
}

export function putTrail(root: Root, trail: Trail): Change {
  const { id, account, region, name, createdAt, config, state } = trail
  const columns = {
    ...{ trail_id: id, account, region, name, created_at: createdAt },
    ...{ config: JSON.stringify(config), state: JSON.stringify(state) },
  }
  return { put: 'trail', row: { ...columns, mac: macOfColumns(root, 'trail', columns) } }
}

export function dropTrail({ id }: Trail): Change {
  return { drop: 'trail', key: { trail_id: id } }
}

/** @throws SealtrailError `StoreDamaged` when a row is not as it was put there. */
export async function readTrails(store: Store, root: Root): Promise<Trail[]> {
  const rows = await store.read(store.query.selectFrom('trail').selectAll().compile())
  return rows.map((row) => {
    checkRow(root, 'trail', row)
    const { trail_id: id, account, region, name, created_at: createdAt } = row
    const config = JSON.parse(row.config) as TrailConfig
    const state = JSON.parse(row.state) as TrailState
    return { id, account, region, name, createdAt, config, state }
  })
}

export function putFile(root: Root, file: DeliveredFile): Change {
  const { trailId, key, deliveredAt, ...facts } = file
  const columns = {
    ...{ trail_id: trailId, object_key: key, delivered_at: deliveredAt },
    facts: JSON.stringify(facts),
  }
  return { put: 'trail_file', row: { ...columns, mac: macOfColumns(root, 'trail_file', columns) } }
}

export function dropFile({ trailId, key }: Pick<DeliveredFile, 'trailId' | 'key'>): Change {
  return { drop: 'trail_file', key: { trail_id: trailId, object_key: key } }
}

/** Those that no digest tells of, in the order of their names. @throws SealtrailError `StoreDamaged` */
export async function readFiles(
  store: Store,
  root: Root,
  trailId: string,
): Promise<DeliveredFile[]> {
  const rows = await store.read(
    store.query
      .selectFrom('trail_file')
      .selectAll()
      .where('trail_id', '=', trailId)
      .orderBy('object_key')
      .compile(),
  )
  return rows.map((row) => {
    checkRow(root, 'trail_file', row)
    const { trail_id, object_key: key, delivered_at: deliveredAt, facts } = row
    type Facts = Omit<DeliveredFile, 'trailId' | 'key' | 'deliveredAt'>
    return { trailId: trail_id, key, deliveredAt, ...(JSON.parse(facts) as Facts) }
  })
}

export function putKey(root: Root, key: SigningKeyRow): Change {
  const { region, validFrom, validUntil, publicKey, wrapped } = key
  const columns = {
    ...{ region, valid_from: validFrom, valid_until: validUntil },
    ...{ public_key: publicKey, wrapped },
  }
  return { put: 'trail_key', row: { ...columns, mac: macOfColumns(root, 'trail_key', columns) } }
}

/** The oldest first. @throws SealtrailError `StoreDamaged` */
export async function readKeys(store: Store, root: Root): Promise<SigningKeyRow[]> {
  const rows = await store.read(
    store.query.selectFrom('trail_key').selectAll().orderBy('valid_from').compile(),
  )
  return rows.map((row) => {
    checkRow(root, 'trail_key', row)
    const { region, valid_from, valid_until, public_key, wrapped } = row
    return {
      ...{ region, validFrom: valid_from, validUntil: valid_until },
      ...{ publicKey: public_key, wrapped },
    }
  })
}

function checkRow(root: Root, table: TrailTable, row: Row<TrailTable>): void {
  if (constantTimeEqual(row.mac, macOfColumns(root, table, row))) return
  const says = `a row of the table ${table} is not as it was written: stop, and start on the journal`
  throw new SealtrailError('StoreDamaged', says, { table })
}
