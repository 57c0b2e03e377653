/**
 * `sealtrail keys enable`, `disable`, `delete` and `restore`: whether a key can be used, and how long it is there.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from 'commander'
import type { Terminal } from '../terminal/terminal.js'
import { onKey } from './on-key.js'

export function enableCommand(terminal: Terminal): Command {
  return onKey(terminal, 'enable', 'let a disabled key be used again', [], async (kms, KeyId) => {
    await kms.enableKey({ KeyId })
    await terminal.print({ KeyId, KeyState: 'Enabled' }, [`${KeyId} is enabled`])
  })
}

export function disableCommand(terminal: Terminal): Command {
  return onKey(terminal, 'disable', 'let nobody use a key', [], async (kms, KeyId) => {
    await kms.disableKey({ KeyId })
    await terminal.print({ KeyId, KeyState: 'Disabled' }, [`${KeyId} is disabled`])
  })
}

export function deleteCommand(terminal: Terminal): Command {
  const says = 'have a key deleted, and its material destroyed for good, after a waiting period'
  return onKey(terminal, 'delete', says, ['days'], async (kms, KeyId, command) => {
    const { days } = command.opts<{ readonly days: number }>()
    const output = await kms.scheduleKeyDeletion({ KeyId, PendingWindowInDays: days })
    const when = output.DeletionDate?.toISOString()
    const line =
      when === undefined
        ? `${KeyId} will be deleted when its replicas are gone, and ${days} days after`
        : `${KeyId} will be deleted on ${when}; until then 'sealtrail keys restore' keeps it`
    await terminal.print(output, [line])
  }).option('--days <n>', 'how long it waits, 7 to 30', wholeNumber, 30)
}

export function restoreCommand(terminal: Terminal): Command {
  const says = 'keep a key that waits for its deletion; it is disabled then'
  return onKey(terminal, 'restore', says, [], async (kms, KeyId) => {
    const output = await kms.cancelKeyDeletion({ KeyId })
    await terminal.print(output, [`${KeyId} is kept, and disabled`])
  })
}

export function wholeNumber(given: string): number {
  if (!/^\d{1,9}$/.test(given)) throw new InvalidArgumentError('must be a whole number')
  return Number(given)
}
