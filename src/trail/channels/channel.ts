/**
 * A channel: a name under which events of other systems come in, and the trail that delivers them.
 *
 * AWS's channels lead into event data stores, of which there are none here; ours name a trail in their place
 * (docs/OPERATING.md). Source: docs/FORMAT.md §11.2; AWS CloudTrail API reference, CreateChannel.
 *
 * @module
 */
import { arnOf, type Place, parseArn } from '../../aws/arn.js'
import { refused } from '../refusals.js'

export interface Channel extends Place {
  /** A UUID, the end of its ARN. */
  readonly id: string
  readonly createdAt: number
  readonly config: ChannelConfig
}

export interface ChannelConfig {
  readonly name: string
  readonly source: string
  /** The ARN of a trail, which may have gone since. */
  readonly trail: string
}

/** How the last attempts to ingest through it went, since the house was opened. */
export interface ChannelStatus {
  readonly attemptedAt: number
  readonly attemptedId: string
  readonly succeededAt?: number
  readonly succeededId?: string
  readonly error?: string
}

export interface ChannelRef extends Place {
  readonly id: string
}

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const RESOURCE = 'channel/'

export function channelArn({ account, region, id }: ChannelRef): string {
  return arnOf('cloudtrail', { account, region }, `${RESOURCE}${id}`)
}

/** Undefined for what is neither the id nor the ARN of a channel. */
export function channelRef(given: string, { account, region }: Place): ChannelRef | undefined {
  if (ID.test(given)) return { account, region, id: given }
  const arn = parseArn(given)
  const id = arn?.resource.startsWith(RESOURCE) ? arn.resource.slice(RESOURCE.length) : ''
  if (arn?.service !== 'cloudtrail' || !ID.test(id)) return undefined
  return { account: arn.account, region: arn.region, id }
}

export function unknownChannel(ref: ChannelRef) {
  return refused('ChannelNotFoundException', `Channel ${channelArn(ref)} does not exist.`)
}
