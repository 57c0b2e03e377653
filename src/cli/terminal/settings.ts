/**
 * From a command's options to settings and an open sealtrail.
 *
 * @module
 */
import type { Command } from 'commander'
import { CONFIG_TABLE, type Config, readConfig } from '../../config.js'
import type { Sealtrail } from '../../sealtrail.js'
import { Access } from '../../upstream/client/access.js'
import type { Terminal } from './terminal.js'

/** Options that are not settings. */
const OTHERS = ['config', 'json'] as const

export interface Settings extends Config {
  /** Of the environment, as AWS's tools take it; where a file is named, that one counts. */
  readonly s3UpstreamAccess: Access | undefined
}

/** Settings from flags, environment and file; `names` are the command's own options. */
export function settings(
  { io }: Terminal,
  command: Command,
  names: readonly string[] = [],
): Settings {
  const given: Record<string, unknown> = { ...command.optsWithGlobals() }
  const file = given.config
  for (const name of [...OTHERS, ...names]) delete given[name]
  const config = readConfig(given, io.env, typeof file === 'string' ? file : undefined)
  return Object.freeze({ ...config, s3UpstreamAccess: accessIn(io.env, config) })
}

function accessIn(env: NodeJS.ProcessEnv, config: Config): Access | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (config.s3Upstream === '' || config.s3UpstreamCredentials !== '') return undefined
  if (!accessKeyId || !secretAccessKey) return undefined
  const sessionToken = env.AWS_SESSION_TOKEN || undefined
  return new Access({ accessKeyId, secretAccessKey, sessionToken }, 'AWS_ACCESS_KEY_ID')
}

/** A setting's line for `--help`: what it means, and its default. */
export function meaning(setting: keyof Config): string {
  const { says, fallback } = CONFIG_TABLE.find(({ name }) => name === setting)!
  return fallback === '' || fallback === false ? says : `${says} (default: ${fallback})`
}

/** Of one that serves others; what a command asks for itself is neither throttled nor failed, and seeds nothing. */
const SERVING = ['seed', 'quotas', 'faults'] as const

/** Opens, works, closes; also when the work fails. */
export async function withSealtrail<T>(
  config: Settings,
  work: (sealtrail: Sealtrail) => Promise<T>,
  { isServing = false } = {},
): Promise<T> {
  const { dataDir, rootKeyFile, engine, lockedMemory, threads, account, region } = config
  const { s3SseC, s3Upstream, s3UpstreamRegion, s3UpstreamStyle, s3UpstreamCredentials } = config
  const { attestationRoot, recordDays, trailClock, trailProfile, trailSlotSeconds } = config
  const { xksProxyEndpoints } = config
  const made = SERVING.filter((name) => config[name] !== '')
  // Most of a start, and nothing for who only asks for help.
  const { openSealtrail } = await import('../../sealtrail.js')
  const sealtrail = await openSealtrail({
    ...{ dataDir, rootKeyFile, engine, lockedMemory, threads, account, region, s3SseC },
    ...{ recordDays, trailClock, trailProfile, trailSlotSeconds },
    ...(attestationRoot === '' ? {} : { attestationRoot }),
    ...(s3Upstream === '' ? {} : { s3Upstream, s3UpstreamRegion, s3UpstreamStyle }),
    ...(xksProxyEndpoints === '' ? {} : { xksProxyEndpoints }),
    ...(s3UpstreamCredentials === '' ? {} : { s3UpstreamCredentials }),
    ...{ s3UpstreamAccess: config.s3UpstreamAccess },
    ...(isServing ? Object.fromEntries(made.map((name) => [name, config[name]])) : {}),
  })
  try {
    return await work(sealtrail)
  } finally {
    await sealtrail.close()
  }
}
