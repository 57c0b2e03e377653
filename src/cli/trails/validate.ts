/**
 * `sealtrail trail validate`: whether what a trail delivered is as it was.
 *
 * What is read for it is recorded, as all reads are.
 *
 * @module
 */
import { Command } from 'commander'
import type { TrailValidation } from '../../trail/validation/validate.js'
import { EXIT } from '../terminal/failure.js'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'

export function validateCommand(terminal: Terminal): Command {
  return new Command('validate')
    .description('hold every digest, link and log file of a trail against what was delivered')
    .argument('<trail>', 'its name or ARN')
    .action(async function validate(this: Command, name: string) {
      const config = settings(terminal, this)
      const told = await withSealtrail(config, ({ cloudtrail }) => cloudtrail.validateTrail(name))
      await terminal.print(told, validationLines(told))
      if (told.findings.length > 0) terminal.exitCode = EXIT.refused
    })
}

/** What was found, and how much was looked at. */
export function validationLines({
  digests,
  logFiles,
  uncovered,
  findings,
}: TrailValidation): string[] {
  const before = uncovered === 0 ? [] : [`${uncovered} log files of times that no digest covers`]
  const verdict =
    findings.length === 0 ? 'all as they were delivered' : `${findings.length} are not`
  return [
    ...findings.map(({ kind, problem, object }) => `${kind} ${problem}: ${object}`),
    ...before,
    `${digests} digests, ${logFiles} log files: ${verdict}`,
  ]
}
