/**
 * `sealtrail keys rotate`: other material from now on, fresh or imported before.
 *
 * @module
 */
import { Command } from 'commander'
import { settings, withSealtrail } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'

export function rotateCommand(terminal: Terminal): Command {
  return new Command('rotate')
    .description('rotate a key: to fresh material, or to what was imported with --new')
    .argument('<key>', 'key id or key ARN')
    .action(async function rotate(this: Command, key: string) {
      await withSealtrail(settings(terminal, this), async ({ kms }) => {
        const { KeyId } = await kms.rotateKeyOnDemand({ KeyId: key })
        const { KeyMetadata } = await kms.describeKey({ KeyId })
        await terminal.print(KeyMetadata, [KeyMetadata.CurrentKeyMaterialId ?? KeyId])
      })
    })
}
