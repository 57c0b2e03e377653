/**
 * `sealtrail trail`: whether what a trail delivered is as it was, and the policies that it needs.
 *
 * It opens the data directory itself, which no server must have then. What is read for a validation is recorded, as all
 * reads are.
 *
 * @module
 */
import { Command } from 'commander'
import type { TrailValidation } from '../trail/validation/validate.js'
import { EXIT } from './terminal/failure.js'
import { settings, withSealtrail } from './terminal/settings.js'
import type { Terminal } from './terminal/terminal.js'

export function trailCommand(terminal: Terminal): Command {
  return new Command('trail')
    .description('validate what a trail delivered; print the policies that it needs')
    .addCommand(validateCommand(terminal))
    .addCommand(policyCommand(terminal))
}

function validateCommand(terminal: Terminal): Command {
  return new Command('validate')
    .description('hold every digest, link and log file of a trail against what was delivered')
    .argument('<trail>', 'its name or ARN')
    .action(async function validate(this: Command, name: string) {
      const config = settings(terminal, this)
      const told = await withSealtrail(config, ({ cloudtrail }) => cloudtrail.validateTrail(name))
      await terminal.print(told, linesOf(told))
      if (told.findings.length > 0) terminal.exitCode = EXIT.refused
    })
}

function policyCommand(terminal: Terminal): Command {
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

function linesOf({ digests, logFiles, uncovered, findings }: TrailValidation): string[] {
  const before = uncovered === 0 ? [] : [`${uncovered} log files of times that no digest covers`]
  const verdict =
    findings.length === 0 ? 'all as they were delivered' : `${findings.length} are not`
  return [
    ...findings.map(({ kind, problem, object }) => `${kind} ${problem}: ${object}`),
    ...before,
    `${digests} digests, ${logFiles} log files: ${verdict}`,
  ]
}
