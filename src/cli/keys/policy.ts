/**
 * `sealtrail keys policy`: shows a key's policy, or sets it.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Terminal } from '../terminal/terminal.js'
import { onKey } from './on-key.js'

const NAMES = ['set', 'lockout']

export function policyCommand(terminal: Terminal): Command {
  const says = 'show the policy of a key, or set another'
  return onKey(terminal, 'policy', says, NAMES, async (kms, KeyId, command) => {
    const { set, lockout } = command.opts<{ readonly set?: string; readonly lockout?: true }>()
    if (set !== undefined) {
      await kms.putKeyPolicy({
        ...{ KeyId, Policy: await readFile(set, 'utf8') },
        ...(lockout && { BypassPolicyLockoutSafetyCheck: true }),
      })
    }
    const { Policy } = await kms.getKeyPolicy({ KeyId })
    await terminal.print(JSON.parse(Policy), [Policy])
  })
    .option('--set <file>', 'a policy document, JSON')
    .option('--lockout', 'also one that lets its author change it no more')
}
