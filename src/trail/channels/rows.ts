/**
 * Channels as rows, each under a MAC: put, dropped, and read back.
 *
 * The table is in store/view/schema/trail.ts. Source: docs/FORMAT.md §11.2.
 *
 * @module
 */
import { constantTimeEqual } from '../../bytes/compare.js'
import { SealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'
import { macOfColumns } from '../../root/row-mac.js'
import type { Change } from '../../store/change.js'
import type { Store } from '../../store/store.js'
import type { Channel, ChannelConfig } from './channel.js'

const TABLE = 'trail_channel'

export function putChannel(root: Root, channel: Channel): Change {
  const { id, account, region, createdAt, config } = channel
  const columns = {
    ...{ channel_id: id, account, region, created_at: createdAt },
    config: JSON.stringify(config),
  }
  return { put: TABLE, row: { ...columns, mac: macOfColumns(root, TABLE, columns) } }
}

export function dropChannel({ id }: Channel): Change {
  return { drop: TABLE, key: { channel_id: id } }
}

/** @throws SealtrailError `StoreDamaged` when a row is not as it was put there. */
export async function readChannels(store: Store, root: Root): Promise<Channel[]> {
  const rows = await store.read(store.query.selectFrom(TABLE).selectAll().compile())
  return rows.map((row) => {
    if (!constantTimeEqual(row.mac, macOfColumns(root, TABLE, row))) {
      const says = `a row of the table ${TABLE} is not as it was written: stop, and start on the journal`
      throw new SealtrailError('StoreDamaged', says, { table: TABLE })
    }
    const { channel_id: id, account, region, created_at: createdAt } = row
    return { id, account, region, createdAt, config: JSON.parse(row.config) as ChannelConfig }
  })
}
