/**
 * A target made ready for a run, by the process that leads it: opened or started, with a key and a bucket of its own.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { randomId } from '../../bytes/random.js'
import type { Clock } from '../../clock.js'
import { SealtrailError } from '../../errors.js'
import { openSealtrail, type Sealtrail } from '../../sealtrail.js'
import { accountRoot } from '../../service/caller.js'
import { type AccessParts, readAccess } from '../../upstream/client/access.js'
import { listenerOn } from '../recording/machine.js'
import type { AwsTarget, Scenario, ServerTarget } from '../scenario/scenario.js'
import type { TargetAddress } from './address.js'
import { directoryLogCalls, houseKmsCalls, houseObjectCalls, trailLogCalls } from './house.js'
import { openServices } from './open-address.js'
import { makeResources, needsOf } from './resources.js'
import { startServer } from './started-server.js'
import type { Target } from './target.js'

/** One of the two: in this process, or at an address. */
export interface Prepared {
  readonly target: Target | undefined
  readonly address: TargetAddress | undefined
  /** The target's process, where that is one of this machine. */
  readonly pid: number | undefined
  readonly engine: string | null
  readonly dataDir: string | undefined
  /** Sentences for people: what was made, and stays. */
  readonly notes: readonly string[]
  close(): Promise<void>
}

export interface Surroundings {
  readonly clock: Clock
  /** Of the environment. */
  readonly access: AccessParts | undefined
}

const REGION = 'us-east-1'
/** Of an access key that nobody has: KMS calls of this run are told from others by it. */
const RUN_KEY = 'SEALTRAILLOAD'
const TRAIL = 'load'
const PREPARING_CONNECTIONS = 4

/** @throws SealtrailError `TargetFailed`, `ConfigInvalid`, and as openSealtrail does */
export async function prepareTarget(scenario: Scenario, around: Surroundings): Promise<Prepared> {
  const { target } = scenario
  switch (target.kind) {
    case 'embedded':
      return await prepareHouse(target.dataDir, (house) => embeddedTarget(house, scenario))
    case 'directory': {
      const folder = resolve(target.path)
      return await prepareHouse(join(folder, 'data'), (house) => directoryTarget(house, folder))
    }
    case 'server':
      return target.url === undefined
        ? await prepareStarted(target, scenario, around)
        : await prepareAddress(endpointsOf(target, target.url), target, scenario, around)
    case 'aws':
      return await prepareAddress(awsEndpoints(target), target, scenario, around)
  }
}

async function prepareHouse(
  dataDir: string | undefined,
  open: (house: Sealtrail) => Promise<Omit<Target, 'close'>>,
): Promise<Prepared> {
  const place = await placeOf(dataDir)
  const { remove } = place
  try {
    const house = await openSealtrail({ dataDir: place.dataDir, s3SseC: 'allow' })
    const close = async () => {
      await house.close()
      await remove()
    }
    const opened = await open(house).catch(async (error: unknown) => {
      await close()
      throw error
    })
    return {
      ...{ target: { ...opened, close: async () => undefined }, address: undefined, close },
      ...{ pid: process.pid, engine: enginesOf(house), dataDir: place.dataDir },
      notes: place.notes,
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function embeddedTarget(
  house: Sealtrail,
  { work }: Scenario,
): Promise<Omit<Target, 'close'>> {
  const { KeyMetadata } = await house.kms.createKey({ Description: 'sealtrail load' })
  const keyId = KeyMetadata.Arn
  const bucket = `sealtrail-load-${runName()}`
  await house.s3.createBucket({ Bucket: bucket })
  const hasLogs = work.some(({ kind }) => kind.startsWith('logs.'))
  if (hasLogs) await startTrail(house, bucket)
  const { account, region } = house.caller
  const accessKeyId = `${RUN_KEY}${runName()}`
  const caller = house.as(accountRoot(account, region, accessKeyId))
  return {
    ...{ keyId, account, accessKeyId, kms: houseKmsCalls(caller), auditEvents: undefined },
    objects: houseObjectCalls(house, bucket, keyId),
    logs: hasLogs ? trailLogCalls(house, TRAIL, bucket) : undefined,
  }
}

async function startTrail({ s3, kms, cloudtrail }: Sealtrail, bucket: string): Promise<void> {
  const { bucketPolicy, keyPolicy } = cloudtrail.trailPolicies(TRAIL, bucket)
  const { KeyMetadata } = await kms.createKey({ Policy: JSON.stringify(keyPolicy) })
  await s3.putBucketPolicy({ Bucket: bucket, Policy: JSON.stringify(bucketPolicy) })
  const known = await cloudtrail.describeTrails({ trailNameList: [TRAIL] })
  const settings = { Name: TRAIL, S3BucketName: bucket, KmsKeyId: KeyMetadata.Arn }
  const isThere = ((known as { trailList?: readonly object[] }).trailList ?? []).length > 0
  await (isThere ? cloudtrail.updateTrail(settings) : cloudtrail.createTrail(settings))
  await cloudtrail.startLogging({ Name: TRAIL })
}

async function directoryTarget(house: Sealtrail, folder: string): Promise<Omit<Target, 'close'>> {
  const { KeyMetadata } = await house.kms.createKey({ Description: 'sealtrail load' })
  const keyId = KeyMetadata.Arn
  const logs = directoryLogCalls(house, join(folder, runName()), keyId)
  return {
    ...{ keyId, account: house.caller.account, logs, kms: undefined, objects: undefined },
    ...{ auditEvents: undefined, accessKeyId: undefined },
  }
}

async function prepareStarted(
  target: ServerTarget,
  scenario: Scenario,
  around: Surroundings,
): Promise<Prepared> {
  const { dataDir, notes, remove } = await placeOf(target.dataDir)
  try {
    const server = await startServer({ dataDir, region: target.region ?? REGION })
    const close = async () => {
      await server.stop()
      await remove()
    }
    try {
      const access = await readAccess(join(dataDir, 'credentials'), 'target.dataDir')
      const { accessKeyId, secretAccessKey } = access
      const prepared = await prepareAddress(
        endpointsOf(target, server.url),
        { ...target, dataDir },
        scenario,
        { ...around, access: { accessKeyId, secretAccessKey } },
      )
      return { ...prepared, pid: server.pid, engine: server.engine, notes, close }
    } catch (error) {
      await server.stop()
      throw error
    }
  } catch (error) {
    await remove()
    throw error
  }
}

type Endpoints = Pick<TargetAddress, 'kms' | 's3' | 'cloudtrail' | 'cloudtrailData' | 'region'>

async function prepareAddress(
  endpoints: Endpoints,
  target: ServerTarget | AwsTarget,
  { work }: Scenario,
  { clock, access: ofEnvironment }: Surroundings,
): Promise<Prepared> {
  const access = await accessOf(target, ofEnvironment)
  const run = runName()
  const services = openServices({ ...endpoints, access }, PREPARING_CONNECTIONS, clock)
  try {
    const needs = needsOf(work)
    const made = await makeResources(services, target, needs, { region: endpoints.region, run })
    const dataDir = target.kind === 'server' ? target.dataDir : undefined
    const address = { ...endpoints, ...made, access, prefix: `load/${run}/`, dataDir }
    const stays = [
      target.key === undefined ? `key ${made.keyId}` : '',
      target.bucket === undefined && needs.bucket ? `bucket ${made.bucket}` : '',
      target.channel === undefined && needs.channel ? `channel ${made.channelArn}` : '',
    ].filter((text) => text !== '')
    return {
      ...{ target: undefined, address, engine: null, dataDir },
      pid: localPid(endpoints.kms),
      notes: stays.length === 0 ? [] : [`made for this run, and left: ${stays.join(', ')}`],
      close: async () => undefined,
    }
  } finally {
    for (const service of Object.values(services)) await service.close()
  }
}

function endpointsOf({ region = REGION }: ServerTarget, given: string): Endpoints {
  const url = given.replace(/\/$/, '')
  return { kms: url, s3: url, cloudtrail: url, cloudtrailData: url, region }
}

function awsEndpoints({ region = REGION, ...target }: AwsTarget): Endpoints {
  const own = (service: string) => `https://${service}.${region}.amazonaws.com`
  const { kms = own('kms'), s3 = own('s3') } = target
  const { cloudtrailData = own('cloudtrail-data') } = target
  return { kms, s3, cloudtrail: own('cloudtrail'), cloudtrailData, region }
}

async function accessOf(
  { credentials }: ServerTarget | AwsTarget,
  ofEnvironment: AccessParts | undefined,
): Promise<AccessParts> {
  if (credentials !== undefined) {
    const { accessKeyId, secretAccessKey, sessionToken } = await readAccess(
      credentials,
      'target.credentials',
    )
    return { accessKeyId, secretAccessKey, sessionToken }
  }
  if (ofEnvironment !== undefined) return ofEnvironment
  const says =
    'the target wants an access key: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or target.credentials'
  throw new SealtrailError('ConfigInvalid', says)
}

function localPid(origin: string): number | undefined {
  const { hostname, port } = new URL(origin)
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
  return isLocal && port !== '' ? listenerOn(Number(port)) : undefined
}

function enginesOf({ engines: { small, bulk } }: Sealtrail): string {
  return small === bulk ? small.name : `${small.name}, ${bulk.name}`
}

/** 12 hex digits. */
function runName(): string {
  return randomId().replaceAll('-', '').slice(0, 12)
}

/** The data directory that was named, which stays, or a temporary one. */
async function placeOf(named: string | undefined) {
  if (named !== undefined) {
    const dataDir = resolve(named)
    return { dataDir, notes: [`the house stays in ${dataDir}`], remove: async () => undefined }
  }
  const folder = await mkdtemp(join(tmpdir(), 'sealtrail-load-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  return { dataDir: join(folder, 'house'), notes: [], remove }
}
