/**
 * `sealtrail explain`: whether somebody may do something with a resource, why, and what would have to be said.
 *
 * It opens the data directory itself, which no server must have then; a server tells the sentence of each denial in its
 * log. Nothing is changed, and nothing recorded.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander'
import type { Explanation } from '../explain/explain.js'
import { statementName } from '../service/deciding/verdict.js'
import { contextPair } from './seal.js'
import { settings, withSealtrail } from './terminal/settings.js'
import type { Terminal } from './terminal/terminal.js'

const NAMES = ['principal', 'action', 'resource', 'context', 'fact'] as const

export function explainCommand(terminal: Terminal): Command {
  return new Command('explain')
    .description('say whether somebody may do something, and why')
    .requiredOption(
      '--principal <arn>',
      'of a user, role, session or root; or the name of a service',
    )
    .requiredOption('--action <name>', 'such as kms:Decrypt')
    .option(
      '--resource <arn>',
      'of a key, an alias, a user, role or policy; * for a whole account',
      '*',
    )
    .option('--context <k=v>', 'encryption context pair; repeat for more', contextPair)
    .option('--fact <k=v>', 'value of a condition key; repeat for more', factValue)
    .action(async function explain(this: Command) {
      const { principal, action, resource, context, fact } = this.opts()
      const config = settings(terminal, this, NAMES)
      const question = { principal, action, resource, encryptionContext: context, facts: fact }
      const explanation = await withSealtrail(config, (sealtrail) => sealtrail.explain(question))
      await terminal.print(explanation, linesOf(explanation))
    })
}

function linesOf({ sentence, statements, remedies }: Explanation): string[] {
  return [
    sentence,
    ...statements.map((ref) => `decided by ${statementName(ref)}`),
    ...remedies.flatMap(({ where, statement }) => [
      `this would work in ${where}:`,
      JSON.stringify(statement, null, 2),
    ]),
  ]
}

/** Gathers `--fact k=v` options; a key that comes again has more than one value. */
function factValue(given: string, before: Record<string, string[]> = {}): Record<string, string[]> {
  const equals = given.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('must be key=value')
  const [key, value] = [given.slice(0, equals), given.slice(equals + 1)]
  return { ...before, [key]: [...(before[key] ?? []), value] }
}
