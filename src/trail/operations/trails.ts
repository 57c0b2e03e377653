/**
 * Trails: made, changed, deleted, shown.
 *
 * Nothing is changed before the bucket and the key were asked (delivery/destination.ts). Source: AWS CloudTrail API
 * reference.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import { checkDestination, checkPrefix } from '../delivery/destination.js'
import type { InputOf } from '../model.js'
import type { TrailParts } from '../parts.js'
import { refused } from '../refusals.js'
import { checkName, trailRef } from '../trails/name.js'
import { NEW_STATE, newChains, type Trail, type TrailConfig, trailArn } from '../trails/trail.js'
import {
  changeTrail,
  lastRecord,
  mayInAccount,
  mayTrail,
  newTrailId,
  trailNamed,
} from './find-trail.js'
import { tagsIn } from './tags.js'

/** Of one account and region; those of other regions that are of all regions count, too. */
const TRAILS_MAX = 5

type Settings = Omit<InputOf<'UpdateTrail'>, 'Name'>

export async function createTrail(
  parts: TrailParts,
  call: Call,
  input: InputOf<'CreateTrail'>,
): Promise<object> {
  const { Name: name, S3BucketName: bucket, S3KeyPrefix = '', KmsKeyId } = input
  const { account, region } = call.caller
  checkName(name)
  mayTrail(call, { account, region, name })
  refuseOthers(input)
  const tags = tagsIn([], input.TagsList ?? [])
  const switches = switchesOf(input, {
    isMultiRegion: false,
    includesGlobal: true,
    validates: false,
  })
  const prefix = checkPrefix(S3KeyPrefix)
  return await parts.trails.hold(account, async () => {
    checkRoom(parts, account, region, name)
    const keyId = KmsKeyId || undefined
    const destination = { account, region, name, bucket, prefix, keyId }
    const keyArn = await checkDestination(parts, destination)
    const config = configOf({ bucket, tags, ...switches }, prefix, keyArn)
    const createdAt = parts.clock.now()
    const trail = { id: newTrailId(), account, region, name, createdAt, config, state: NEW_STATE }
    const output = settingsShown(trail)
    await parts.trails.commit(trail, (change) => call.succeed([change], output))
    return output
  })
}

export async function updateTrail(
  parts: TrailParts,
  call: Call,
  input: InputOf<'UpdateTrail'>,
): Promise<object> {
  refuseOthers(input)
  const changed = await changeTrail(parts, call, input.Name, async (trail) => {
    const { account, region, name, config: old } = trail
    const { S3BucketName: bucket = old.bucket, S3KeyPrefix, KmsKeyId } = input
    const prefix = S3KeyPrefix === undefined ? old.prefix : checkPrefix(S3KeyPrefix)
    const keyId = KmsKeyId === undefined ? old.keyArn : KmsKeyId || undefined
    const switches = switchesOf(input, old)
    const keyArn = await checkDestination(parts, { account, region, name, bucket, prefix, keyId })
    const kept = { ...old, ...switches, bucket }
    const config = configOf(kept, prefix, keyArn)
    const next = withChains({ ...trail, config }, parts.clock.now())
    return { next, output: settingsShown(next) }
  })
  return settingsShown(changed)
}

export async function deleteTrail(
  parts: TrailParts,
  call: Call,
  input: InputOf<'DeleteTrail'>,
): Promise<void> {
  const until = await lastRecord(parts.store)
  await changeTrail(parts, call, input.Name, async (trail) => {
    const deletedAt = parts.clock.now()
    const ranges = trail.state.ranges.map((range) => ({ until, ...range }))
    return { next: { ...trail, state: { ...trail.state, isLogging: false, deletedAt, ranges } } }
  })
}

export async function getTrail(
  parts: TrailParts,
  call: Call,
  input: InputOf<'GetTrail'>,
): Promise<object> {
  const Trail = shown(trailNamed(parts, call, input.Name))
  await call.succeed()
  return { Trail }
}

/** Names that name nothing are left out. */
export async function describeTrails(
  parts: TrailParts,
  call: Call,
  { trailNameList = [], includeShadowTrails = true }: InputOf<'DescribeTrails'>,
): Promise<object> {
  mayInAccount(call)
  const { account, region } = call.caller
  const isHere = (trail: Trail) =>
    trail.region === region || (includeShadowTrails && trail.config.isMultiRegion)
  const refs = trailNameList.map((given) => trailRef(given, call.caller))
  const named = refs.flatMap((ref, i) => {
    const trail = ref.account === account ? parts.trails.find(ref) : undefined
    // A name may be that of a trail of all regions, whose home is another.
    const byName = trailNameList[i]!.startsWith('arn:')
      ? undefined
      : parts.trails
          .of(account)
          .find(({ name, config }) => name === ref.name && config.isMultiRegion)
    return trail ?? byName ?? []
  })
  const trails = refs.length === 0 ? parts.trails.of(account) : named
  await call.succeed()
  return { trailList: trails.filter(isHere).map(shown) }
}

export async function listTrails(
  parts: TrailParts,
  call: Call,
  { NextToken }: InputOf<'ListTrails'>,
): Promise<object> {
  mayInAccount(call)
  if (NextToken !== undefined) throw refused('InvalidTokenException', 'The token is not valid.')
  const Trails = parts.trails.of(call.caller.account).map((trail) => {
    return { TrailARN: trailArn(trail), Name: trail.name, HomeRegion: trail.region }
  })
  await call.succeed()
  return { Trails }
}

type Switches = Pick<TrailConfig, 'isMultiRegion' | 'includesGlobal' | 'validates'>

/** @throws SealtrailError `InvalidParameterCombinationException` */
function switchesOf(given: Settings, old: Switches): Switches {
  const { IsMultiRegionTrail: isMultiRegion = old.isMultiRegion } = given
  const { IncludeGlobalServiceEvents: includesGlobal = old.includesGlobal } = given
  const { EnableLogFileValidation: validates = old.validates } = given
  if (isMultiRegion && !includesGlobal) {
    const says = 'Multi-Region trail must include global service events.'
    throw refused('InvalidParameterCombinationException', says)
  }
  return { isMultiRegion, includesGlobal, validates }
}

/** What is none of ours is refused, never ignored. */
function refuseOthers(given: Settings): void {
  if (given.IsOrganizationTrail === true) {
    const says = 'Your account is not a member of an organization.'
    throw refused('OrganizationsNotInUseException', says)
  }
  if (given.SnsTopicName) {
    const says = 'SNS Topic does not exist or the topic policy is incorrect!'
    throw refused('InsufficientSnsTopicPolicyException', says)
  }
  if (given.CloudWatchLogsLogGroupArn || given.CloudWatchLogsRoleArn) {
    const says = 'CloudTrail cannot validate the specified log group ARN.'
    throw refused('InvalidCloudWatchLogsLogGroupArnException', says)
  }
}

/** @throws SealtrailError `TrailAlreadyExistsException`, `MaximumNumberOfTrailsExceededException` */
function checkRoom({ trails }: TrailParts, account: string, region: string, name: string): void {
  if (trails.find({ account, region, name }) !== undefined) {
    const says = `Trail ${name} already exists for customer: ${account}`
    throw refused('TrailAlreadyExistsException', says)
  }
  const here = trails.of(account).filter((trail) => {
    return trail.region === region || trail.config.isMultiRegion
  })
  if (here.length >= TRAILS_MAX) {
    const says = `User: ${account} already has ${here.length} trails in ${region}.`
    throw refused('MaximumNumberOfTrailsExceededException', says)
  }
}

function configOf(
  { prefix: _, keyArn: __, ...config }: TrailConfig,
  prefix: string | undefined,
  keyArn: string | undefined,
): TrailConfig {
  return {
    ...config,
    ...(prefix === undefined ? {} : { prefix }),
    ...(keyArn === undefined ? {} : { keyArn }),
  }
}

/** Validation that is switched on begins a chain. */
function withChains(trail: Trail, now: number): Trail {
  const { config, state } = trail
  const isBegun = state.isLogging && config.validates && Object.keys(state.chains).length === 0
  return isBegun ? { ...trail, state: { ...state, chains: newChains(trail, now) } } : trail
}

function settingsShown(trail: Trail) {
  const { name, config } = trail
  return {
    Name: name,
    S3BucketName: config.bucket,
    ...(config.prefix === undefined ? {} : { S3KeyPrefix: config.prefix }),
    IncludeGlobalServiceEvents: config.includesGlobal,
    IsMultiRegionTrail: config.isMultiRegion,
    TrailARN: trailArn(trail),
    LogFileValidationEnabled: config.validates,
    ...(config.keyArn === undefined ? {} : { KmsKeyId: config.keyArn }),
    IsOrganizationTrail: false,
  }
}

function shown(trail: Trail) {
  return {
    ...settingsShown(trail),
    HomeRegion: trail.region,
    HasCustomEventSelectors: trail.config.selectors !== undefined,
    HasInsightSelectors: false,
  }
}
