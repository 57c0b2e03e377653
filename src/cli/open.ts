/**
 * `sealtrail open IN OUT`: open what `seal` or an AWS Encryption SDK sealed under one of our keys.
 *
 * @module
 */
import { Command } from 'commander'
import { contextPair } from './seal.js'
import { settings, wantsJson, withSealtrail } from './settings.js'
import { tellPassage, through } from './through.js'

/** Output bounds for --gunzip: a bomb stops here, a log does not. */
const GUNZIP = { bytesMax: 2 ** 40, ratioMax: 1032 }

export function openCommand(): Command {
  return new Command('open')
    .description('open IN (or - for stdin) into OUT (or - for stdout)')
    .argument('<in>')
    .argument('<out>')
    .option('--context <k=v>', 'pair that the object must carry; repeat for more', contextPair)
    .option('--gunzip', 'unpack what was sealed with --gzip')
    .action(async function open(this: Command, source: string, target: string) {
      const { context = {}, gunzip } = this.opts()
      const config = settings(this, ['context', 'gunzip'])
      await withSealtrail(config, async (sealtrail) => {
        const options = {
          encryptionContext: context,
          ...(gunzip ? { gunzip: GUNZIP } : {}),
        }
        tellPassage(await through(source, target, sealtrail.openStream(options)), wantsJson(this))
      })
    })
}
