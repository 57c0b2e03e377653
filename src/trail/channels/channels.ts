/**
 * Every channel, in memory, each a row under a MAC: there are a few in an account.
 *
 * What is found is what was last acknowledged. Source: docs/FORMAT.md §11.2.
 *
 * @module
 */
import { constantTimeEqual } from '../../bytes/compare.js'
import { SealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'
import { macOfColumns } from '../../root/row-mac.js'
import type { Change } from '../../store/change.js'
import { Locks } from '../../store/keep/locks.js'
import type { Store } from '../../store/store.js'
import type { Channel, ChannelConfig, ChannelRef, ChannelStatus } from './channel.js'

const TABLE = 'trail_channel'

export class Channels {
  readonly #root: Root
  readonly #locks = new Locks()
  readonly #channels = new Map<string, Channel>()
  readonly #statuses = new Map<string, ChannelStatus>()

  private constructor(root: Root) {
    this.#root = root
  }

  /** @throws SealtrailError `StoreDamaged` when a row is not as it was put there. */
  static async open(store: Store, root: Root): Promise<Channels> {
    const channels = new Channels(root)
    const rows = await store.read(store.query.selectFrom(TABLE).selectAll().compile())
    for (const row of rows) {
      if (!constantTimeEqual(row.mac, macOfColumns(root, TABLE, row))) {
        const says = `a row of the table ${TABLE} is not as it was written: stop, and start on the journal`
        throw new SealtrailError('StoreDamaged', says, { table: TABLE })
      }
      const { channel_id: id, account, region, created_at: createdAt } = row
      const config = JSON.parse(row.config) as ChannelConfig
      channels.#channels.set(id, { id, account, region, createdAt, config })
    }
    return channels
  }

  find({ account, region, id }: ChannelRef): Channel | undefined {
    const channel = this.#channels.get(id)
    return channel?.account === account && channel.region === region ? channel : undefined
  }

  /** Those of an account and region, in the order of their names. */
  of(account: string, region: string): Channel[] {
    return [...this.#channels.values()]
      .filter((channel) => channel.account === account && channel.region === region)
      .sort((a, b) => (a.config.name < b.config.name ? -1 : 1))
  }

  /** Holds the channels of an account while `work` looks at them and changes one. */
  hold<Answer>(account: string, work: () => Promise<Answer>): Promise<Answer> {
    return this.#locks.run([account], work)
  }

  /** One that is new, or changed, of an account that is held; `write` commits the change. */
  async put(channel: Channel, write: (change: Change) => Promise<void>): Promise<void> {
    const { id, account, region, createdAt, config } = channel
    const columns = {
      ...{ channel_id: id, account, region, created_at: createdAt },
      config: JSON.stringify(config),
    }
    const mac = macOfColumns(this.#root, TABLE, columns)
    await write({ put: TABLE, row: { ...columns, mac } })
    this.#channels.set(id, channel)
  }

  async drop({ id }: Channel, write: (change: Change) => Promise<void>): Promise<void> {
    await write({ drop: TABLE, key: { channel_id: id } })
    this.#channels.delete(id)
    this.#statuses.delete(id)
  }

  statusOf({ id }: Channel): ChannelStatus | undefined {
    return this.#statuses.get(id)
  }

  note({ id }: Channel, status: ChannelStatus): void {
    if (this.#channels.has(id)) this.#statuses.set(id, { ...this.#statuses.get(id), ...status })
  }
}
