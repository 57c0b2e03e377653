/**
 * `sealtrail seal IN OUT`: seal a file or stream under a KMS key.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander'
import { settings, wantsJson, withSealtrail } from './settings.js'
import { tellPassage, through } from './through.js'

export function sealCommand(): Command {
  return new Command('seal')
    .description('seal IN (or - for stdin) into OUT (or - for stdout)')
    .argument('<in>')
    .argument('<out>')
    .requiredOption('--key <key>', 'key id, key ARN, alias name or alias ARN')
    .option('--context <k=v>', 'encryption context pair; repeat for more', contextPair)
    .option('--gzip <level>', 'compress first, level 0 to 9', gzipLevel)
    .action(async function seal(this: Command, source: string, target: string) {
      const { key, context = {}, gzip } = this.opts()
      const config = settings(this, ['key', 'context', 'gzip'])
      await withSealtrail(config, async (sealtrail) => {
        const options = { keyId: key, encryptionContext: context, gzip }
        tellPassage(await through(source, target, sealtrail.sealStream(options)), wantsJson(this))
      })
    })
}

/** Gathers `--context k=v` options; a value may hold `=`, a key may not. */
export function contextPair(
  given: string,
  before: Record<string, string> = {},
): Record<string, string> {
  const at = given.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('must be key=value')
  const pairs: Record<string, string> = Object.assign(Object.create(null), before)
  pairs[given.slice(0, at)] = given.slice(at + 1)
  return pairs
}

function gzipLevel(given: string): number {
  if (/^\d$/.test(given)) return Number(given)
  throw new InvalidArgumentError('must be 0 to 9')
}
