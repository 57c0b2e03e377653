/**
 * Channels: made, changed, deleted, shown.
 *
 * A channel leads to one trail of the caller's account, by its ARN, where AWS's lead to event data stores. Source: AWS
 * CloudTrail API reference; AWS CloudTrail user guide, "Quotas in AWS CloudTrail".
 *
 * @module
 */
import { arnOf, parseArn } from '../../aws/arn.js'
import { randomId } from '../../bytes/random.js'
import { excerpt } from '../../excerpt.js'
import type { Call } from '../../service/calls/call.js'
import { type Channel, channelArn, channelRef, unknownChannel } from '../channels/channel.js'
import type { InputOf } from '../model.js'
import type { TrailParts } from '../parts.js'
import { refused } from '../refusals.js'
import { trailRef } from '../trails/name.js'
import { mayInAccount } from './find-trail.js'

/** Of an account and region. */
const CHANNELS_MAX = 25
/** Whatever is not AWS's; the other names are those of AWS's partners. */
const SOURCE = 'Custom'

type Destinations = InputOf<'CreateChannel'>['Destinations']

export async function createChannel(
  parts: TrailParts,
  call: Call,
  { Name: name, Source: source, Destinations, Tags = [] }: InputOf<'CreateChannel'>,
): Promise<object> {
  const { account, region } = call.caller
  const arn = arnOf('cloudtrail', { account, region }, 'channel/*')
  call.may({ action: `cloudtrail:${call.operation}`, owner: account, arn })
  if (Tags.length > 0) throw refused('InvalidTagParameterException', 'Channels have no tags.')
  if (source !== SOURCE) {
    const says = `The source ${excerpt(source)} is not valid: it must be ${SOURCE}.`
    throw refused('InvalidSourceException', says)
  }
  return await parts.channels.hold(account, async () => {
    const others = parts.channels.of(account, region)
    checkName(others, name)
    if (others.length >= CHANNELS_MAX) {
      const says = `User: ${account} already has ${others.length} channels in ${region}.`
      throw refused('ChannelMaxLimitExceededException', says)
    }
    const trail = trailIn(parts, call, Destinations)
    const createdAt = parts.clock.now()
    const channel = { id: randomId(), account, region, createdAt, config: { name, source, trail } }
    const output = shown(channel)
    await parts.channels.put(channel, (change) => call.succeed([change], output))
    return output
  })
}

export async function updateChannel(
  parts: TrailParts,
  call: Call,
  { Channel: given, Name, Destinations }: InputOf<'UpdateChannel'>,
): Promise<object> {
  const { account, region } = call.caller
  return await parts.channels.hold(account, async () => {
    const { config, ...channel } = channelNamed(parts, call, given)
    const others = parts.channels.of(account, region).filter(({ id }) => id !== channel.id)
    if (Name !== undefined) checkName(others, Name)
    const trail = Destinations === undefined ? config.trail : trailIn(parts, call, Destinations)
    const next = { ...channel, config: { ...config, name: Name ?? config.name, trail } }
    const output = shown(next)
    await parts.channels.put(next, (change) => call.succeed([change], output))
    return output
  })
}

export async function deleteChannel(
  parts: TrailParts,
  call: Call,
  { Channel: given }: InputOf<'DeleteChannel'>,
): Promise<void> {
  await parts.channels.hold(call.caller.account, async () => {
    const channel = channelNamed(parts, call, given)
    await parts.channels.drop(channel, (change) => call.succeed([change]))
  })
}

export async function getChannel(
  parts: TrailParts,
  call: Call,
  { Channel: given }: InputOf<'GetChannel'>,
): Promise<object> {
  const channel = channelNamed(parts, call, given)
  const status = parts.channels.statusOf(channel)
  await call.succeed()
  return {
    ...shown(channel),
    ...(status === undefined ? {} : { IngestionStatus: statusShown(status) }),
  }
}

/** All in one page: there are a few. */
export async function listChannels(
  parts: TrailParts,
  call: Call,
  { NextToken }: InputOf<'ListChannels'>,
): Promise<object> {
  mayInAccount(call)
  if (NextToken !== undefined) {
    throw refused('InvalidNextTokenException', 'The token is not valid.')
  }
  const { account, region } = call.caller
  const Channels = parts.channels.of(account, region).map((channel) => {
    return { ChannelArn: channelArn(channel), Name: channel.config.name }
  })
  await call.succeed()
  return { Channels }
}

/** @throws SealtrailError `ChannelARNInvalidException`, `AccessDeniedException`, `ChannelNotFoundException` */
function channelNamed(parts: TrailParts, call: Call, given: string): Channel {
  const ref = channelRef(given, call.caller)
  if (ref === undefined) {
    const says = `${excerpt(given)} is neither the ARN nor the ID of a channel.`
    throw refused('ChannelARNInvalidException', says)
  }
  const { account, region } = call.caller
  const arn = channelArn(ref)
  call.may({ action: `cloudtrail:${call.operation}`, owner: ref.account, arn })
  const isHere = ref.account === account && ref.region === region
  const channel = isHere ? parts.channels.find(ref) : undefined
  if (channel === undefined) throw unknownChannel(ref)
  return channel
}

/** @throws SealtrailError `ChannelAlreadyExistsException` */
function checkName(others: readonly Channel[], name: string): void {
  if (others.every(({ config }) => config.name !== name)) return
  throw refused('ChannelAlreadyExistsException', `A channel named ${name} already exists.`)
}

/**
 * The ARN of the trail that is named in place of an event data store.
 * @throws SealtrailError `InvalidParameterException`, `EventDataStoreNotFoundException`, `EventDataStoreARNInvalidException`
 */
function trailIn(parts: TrailParts, call: Call, destinations: Destinations): string {
  const [destination] = destinations
  if (destination === undefined || destinations.length > 1) {
    throw refused('InvalidParameterException', 'A channel has one destination.')
  }
  const { Type, Location } = destination
  if (Type !== 'EVENT_DATA_STORE') {
    throw refused('InvalidParameterException', `The destination type ${Type} is not a customer's.`)
  }
  const { service, resource = '', account } = parseArn(Location) ?? {}
  const isOwn = service === 'cloudtrail' && account === call.caller.account
  if (isOwn && resource.startsWith('eventdatastore/')) {
    const says = `There is no event data store ${Location}: name the ARN of a trail in its place.`
    throw refused('EventDataStoreNotFoundException', says)
  }
  if (!isOwn || !resource.startsWith('trail/')) {
    const says = `${Location} is not the ARN of a trail of this account, which stands in place of an event data store.`
    throw refused('EventDataStoreARNInvalidException', says)
  }
  if (parts.trails.find(trailRef(Location, call.caller)) === undefined) {
    throw refused('EventDataStoreNotFoundException', `The trail ${Location} does not exist.`)
  }
  return Location
}

function shown(channel: Channel) {
  const { name, source, trail } = channel.config
  return {
    ChannelArn: channelArn(channel),
    ...{ Name: name, Source: source },
    Destinations: [{ Type: 'EVENT_DATA_STORE', Location: trail }],
  }
}

function statusShown(status: NonNullable<ReturnType<TrailParts['channels']['statusOf']>>) {
  const { attemptedAt, attemptedId, succeededAt, succeededId, error } = status
  return {
    ...(succeededAt === undefined ? {} : { LatestIngestionSuccessTime: new Date(succeededAt) }),
    ...(succeededId === undefined ? {} : { LatestIngestionSuccessEventID: succeededId }),
    ...(error === undefined ? {} : { LatestIngestionErrorCode: error }),
    LatestIngestionAttemptTime: new Date(attemptedAt),
    LatestIngestionAttemptEventID: attemptedId,
  }
}
