/**
 * From a command's options to settings and an open sealtrail.
 *
 * @module
 */
import type { Command } from 'commander'
import { CONFIG_TABLE, type Config, readConfig } from '../config.js'
import { openSealtrail, type Sealtrail } from '../sealtrail.js'
import type { Terminal } from './terminal.js'

/** Options that are not settings. */
const OTHERS = ['config', 'json'] as const

/** Settings from flags, environment and file; `names` are the command's own options. */
export function settings(
  { io }: Terminal,
  command: Command,
  names: readonly string[] = [],
): Config {
  const given: Record<string, unknown> = { ...command.optsWithGlobals() }
  const file = given.config
  for (const name of [...OTHERS, ...names]) delete given[name]
  return readConfig(given, io.env, typeof file === 'string' ? file : undefined)
}

/** A setting's line for `--help`: what it means, and its default. */
export function meaning(setting: keyof Config): string {
  const { says, fallback } = CONFIG_TABLE.find(({ name }) => name === setting)!
  return fallback === '' || fallback === false ? says : `${says} (default: ${fallback})`
}

/** Opens, works, closes; also when the work fails. Applies a seed only when it is given. */
export async function withSealtrail<T>(
  config: Config,
  work: (sealtrail: Sealtrail) => Promise<T>,
  seed = '',
): Promise<T> {
  const { dataDir, rootKeyFile, engine, lockedMemory, threads, account, region } = config
  const { recordDays, s3SseC, trailClock, trailProfile, trailSlotSeconds } = config
  const sealtrail = await openSealtrail({
    ...{ dataDir, rootKeyFile, engine, lockedMemory, threads, account, region },
    ...{ recordDays, s3SseC, trailClock, trailProfile, trailSlotSeconds },
    ...(seed === '' ? {} : { seed }),
  })
  try {
    return await work(sealtrail)
  } finally {
    await sealtrail.close()
  }
}
