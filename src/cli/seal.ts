/**
 * `sealtrail seal IN OUT`: seal a file or stream under a KMS key.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander'
import { settings, withSealtrail } from './terminal/settings.js'
import type { Terminal } from './terminal/terminal.js'
import { checkPlaces, tellTransfer, through } from './terminal/through.js'

export function sealCommand(terminal: Terminal): Command {
  return new Command('seal')
    .description('seal IN (or - for stdin) into OUT (or - for stdout)')
    .argument('<in>')
    .argument('<out>')
    .requiredOption('--key <key>', 'key id, key ARN, alias name or alias ARN')
    .option('--context <k=v>', 'encryption context pair; repeat for more', contextPair)
    .option('--gzip <level>', 'compress first, level 0 to 9', gzipLevel)
    .option('--force', 'replace OUT where it is there already', false)
    .action(async function seal(this: Command, source: string, target: string) {
      const { key, context = {}, gzip, force } = this.opts()
      const config = settings(terminal, this, ['key', 'context', 'gzip', 'force'])
      const places = { source, target, force }
      await checkPlaces(terminal, places)
      await withSealtrail(config, async (sealtrail) => {
        const options = { keyId: key, encryptionContext: context, gzip }
        await tellTransfer(terminal, await through(terminal, places, sealtrail.sealStream(options)))
      })
    })
}

/** Gathers `--context k=v` options; a value may hold `=`, a key may not, and no key comes twice. */
export function contextPair(
  given: string,
  before: Record<string, string> = Object.create(null),
): Record<string, string> {
  const at = given.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('must be key=value')
  const name = given.slice(0, at)
  if (name in before) throw new InvalidArgumentError(`gives '${name}' a second time`)
  before[name] = given.slice(at + 1)
  return before
}

function gzipLevel(given: string): number {
  if (/^\d$/.test(given)) return Number(given)
  throw new InvalidArgumentError('must be 0 to 9')
}
