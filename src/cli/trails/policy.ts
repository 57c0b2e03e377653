/**
 * `sealtrail trail policy`: the policies that a trail needs.
 *
 * @module
 */
import { Command } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'

export function policyCommand(terminal: Terminal): Command {
  return new Command('policy')
    .description('print the bucket policy and the key policy that a trail needs')
    .argument('<trail>', 'its name or ARN; it need not be there yet')
    .option('--bucket <name>', 'where it will deliver; that of the trail unless said')
    .option('--prefix <text>', 'below which it will deliver')
    .action(async function policy(this: Command, name: string) {
      const { bucket, prefix } = this.opts()
      const config = settings(terminal, this, ['bucket', 'prefix'])
      const policies = await withSealtrail(config, async ({ cloudtrail }) =>
        cloudtrail.trailPolicies(name, bucket, prefix),
      )
      await terminal.print(policies, [
        'bucket policy:',
        JSON.stringify(policies.bucketPolicy, null, 2),
        'key policy:',
        JSON.stringify(policies.keyPolicy, null, 2),
      ])
    })
}
