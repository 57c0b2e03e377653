/**
 * Every channel, in memory: there are a few in an account. What is found is what was last acknowledged.
 *
 * How ingesting through them went is remembered, and not kept. Rows are in rows.ts.
 *
 * @module
 */
import type { Root } from '../../root/root.js'
import type { Change } from '../../store/change.js'
import { Locks } from '../../store/keep/locks.js'
import type { Store } from '../../store/store.js'
import type { Channel, ChannelRef, ChannelStatus } from './channel.js'
import { dropChannel, putChannel, readChannels } from './rows.js'

export class Channels {
  readonly #root: Root
  readonly #locks = new Locks()
  readonly #channels = new Map<string, Channel>()
  readonly #statuses = new Map<string, ChannelStatus>()

  private constructor(root: Root) {
    this.#root = root
  }

  /** @throws SealtrailError `StoreDamaged` */
  static async open(store: Store, root: Root): Promise<Channels> {
    const channels = new Channels(root)
    for (const channel of await readChannels(store, root)) {
      channels.#channels.set(channel.id, channel)
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
    await write(putChannel(this.#root, channel))
    this.#channels.set(channel.id, channel)
  }

  async drop(channel: Channel, write: (change: Change) => Promise<void>): Promise<void> {
    await write(dropChannel(channel))
    this.#channels.delete(channel.id)
    this.#statuses.delete(channel.id)
  }

  statusOf({ id }: Channel): ChannelStatus | undefined {
    return this.#statuses.get(id)
  }

  note({ id }: Channel, status: ChannelStatus): void {
    if (this.#channels.has(id)) this.#statuses.set(id, { ...this.#statuses.get(id), ...status })
  }
}
