/**
 * `sealtrail keys rotate`: new material for a key, now or every so many days; `rotations` shows what it had.
 *
 * @module
 */
import { type Command, Option } from 'commander'
import type { Kms } from '../../kms/kms.js'
import { pagesOf } from '../../service/page.js'
import { type Terminal, table } from '../terminal/terminal.js'
import { onKey } from './on-key.js'
import { wholeNumber } from './state.js'

interface Options {
  readonly every?: number
  readonly never?: true
}

export function rotateCommand(terminal: Terminal): Command {
  const says = 'give a key new material now; what older material wrapped still opens'
  return onKey(terminal, 'rotate', says, ['every', 'never'], async (kms, KeyId, command) => {
    const { every, never }: Options = command.opts()
    if (never) await kms.disableKeyRotation({ KeyId })
    else if (every === undefined) await kms.rotateKeyOnDemand({ KeyId })
    else await kms.enableKeyRotation({ KeyId, RotationPeriodInDays: every })
    const status = await kms.getKeyRotationStatus({ KeyId })
    const next = status.NextRotationDate?.toISOString()
    const now = every === undefined && !never ? [`${KeyId} has new material`] : []
    const then =
      next === undefined ? 'it is not rotated by itself' : `it is rotated next on ${next}`
    await terminal.print(status, [...now, then])
  })
    .addOption(
      new Option('--every <days>', 'not now, but by itself every 90 to 2560 days').argParser(
        wholeNumber,
      ),
    )
    .addOption(new Option('--never', 'not by itself any more').conflicts('every'))
}

export function rotationsCommand(terminal: Terminal): Command {
  return onKey(terminal, 'rotations', 'list the material of a key', [], async (kms, KeyId) => {
    const all = await allRotations(kms, KeyId)
    const rows = all.map(({ KeyMaterialId, KeyMaterialState, RotationType, RotationDate }) => {
      const date = RotationDate?.toISOString() ?? ''
      return [KeyMaterialId ?? '', KeyMaterialState ?? '', RotationType ?? '', date]
    })
    await terminal.print(all, table([['MATERIAL', 'STATE', 'ROTATED', 'DATE'], ...rows]))
  })
}

async function allRotations(kms: Kms, KeyId: string) {
  const given = { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' } as const
  const all = []
  for await (const page of pagesOf((asked) => kms.listKeyRotations({ ...given, ...asked }))) {
    all.push(...page.Rotations)
  }
  return all
}
