/**
 * `sealtrail keys describe`: everything about one key.
 *
 * @module
 */
import { Command } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import { type Terminal, table } from '../terminal/terminal.js'

export function describeCommand(terminal: Terminal): Command {
  return new Command('describe')
    .description('show everything about one key')
    .argument('<key>', 'key id, key ARN, alias name or alias ARN')
    .action(async function describe(this: Command, key: string) {
      await withSealtrail(settings(terminal, this), async ({ kms }) => {
        const { KeyMetadata } = await kms.describeKey({ KeyId: key })
        const rows = Object.entries(KeyMetadata).map(([name, value]) => [name, textOf(value)])
        await terminal.print(KeyMetadata, table(rows))
      })
    })
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' && !Array.isArray(value) ? JSON.stringify(value) : String(value)
}
