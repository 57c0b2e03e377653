/**
 * A target at an address made ready for a run: its access key found, a key and a bucket made; a server started, where none
 * is named.
 *
 * @module
 */
import { join } from 'node:path'
import { SealtrailError } from '../../errors.js'
import { type AccessParts, readAccess } from '../../upstream/client/access.js'
import { listenerOn } from '../recording/machine.js'
import type { AwsTarget, Scenario, ServerTarget } from '../scenario/scenario.js'
import type { TargetAddress } from './address.js'
import { syncsAt } from './endpoint/syncs.js'
import { openServices } from './open-address.js'
import { placeOf, runName } from './place.js'
import type { Prepared, Surroundings } from './prepared.js'
import { makeResources, needsOf } from './resources.js'
import { startServer } from './server/started.js'

const REGION = 'us-east-1'
const PREPARING_CONNECTIONS = 4

/** @throws SealtrailError `TargetFailed`, `ConfigInvalid` */
export async function prepareServer(
  target: ServerTarget,
  scenario: Scenario,
  around: Surroundings,
): Promise<Prepared> {
  return target.url === undefined
    ? await prepareStarted(target, scenario, around)
    : await prepareAddress(endpointsOf(target, target.url), target, scenario, around)
}

/** @throws SealtrailError `TargetFailed`, `ConfigInvalid` */
export async function prepareAws(
  target: AwsTarget,
  scenario: Scenario,
  around: Surroundings,
): Promise<Prepared> {
  return await prepareAddress(awsEndpoints(target), target, scenario, around)
}

async function prepareStarted(
  target: ServerTarget,
  scenario: Scenario,
  around: Surroundings,
): Promise<Prepared> {
  const { dataDir, notes, remove } = await placeOf(target.dataDir)
  try {
    const server = await startServer({ dataDir, region: target.region ?? REGION })
    try {
      const access = await readAccess(join(dataDir, 'credentials'), 'target.dataDir')
      const { accessKeyId, secretAccessKey } = access
      const prepared = await prepareAddress(
        endpointsOf(target, server.url),
        { ...target, dataDir },
        scenario,
        { ...around, access: { accessKeyId, secretAccessKey } },
      )
      const gone = () => server.gone()
      const close = async () => {
        await prepared.close()
        await server.stop()
        await remove()
      }
      return { ...prepared, pid: server.pid, engine: server.engine, notes, gone, close }
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
  { clock, access: ofEnvironment, signal }: Surroundings,
): Promise<Prepared> {
  const access = await accessOf(target, ofEnvironment)
  const run = runName()
  const services = openServices({ ...endpoints, access }, PREPARING_CONNECTIONS, clock)
  const close = () => Promise.all(Object.values(services).map((service) => service.close()))
  // What is asked for then has no answer.
  const abort = () => void close()
  signal.addEventListener('abort', abort)
  try {
    signal.throwIfAborted()
    const needs = needsOf(work)
    const made = await makeResources(services, target, needs, { region: endpoints.region, run })
    const dataDir = target.kind === 'server' ? target.dataDir : undefined
    const address = { ...endpoints, ...made, access, prefix: `load/${run}/`, dataDir }
    const stays = [
      target.key === undefined && needs.key ? `key ${made.keyId}` : '',
      ...Object.values(made.signingKeys).map((arn) => `key ${arn}`),
      target.bucket === undefined && needs.bucket ? `bucket ${made.bucket}` : '',
      target.channel === undefined && needs.channel ? `channel ${made.channelArn}` : '',
    ].filter((text) => text !== '')
    const pid = localPid(endpoints.kms)
    const asked = pid === undefined ? undefined : syncsAt(endpoints.kms)
    return {
      ...{ target: undefined, address, engine: null, pid },
      ...(asked && { syncs: asked.syncs }),
      notes: stays.length === 0 ? [] : [`made for this run, and left: ${stays.join(', ')}`],
      close: async () => asked?.close(),
    }
  } finally {
    signal.removeEventListener('abort', abort)
    await close()
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
    'the target wants an access key: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or target.credentials; a sealtrail server keeps one in the file credentials of its data directory'
  throw new SealtrailError('ConfigInvalid', says)
}

function localPid(origin: string): number | undefined {
  const { hostname, port } = new URL(origin)
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
  return isLocal && port !== '' ? listenerOn(Number(port)) : undefined
}
