/**
 * `sealtrail fsck`: whether a data directory is as it was written, and what a repair would give up.
 *
 * Looks only, unless `--repair --yes` is given; the price is told either way. The directory must not be in use. Exit code
 * 3 when there is damage that a start refuses, or in an object's bytes.
 *
 * @module
 */
import { Command } from 'commander'
import { chooseEngines } from '../engine/choose.js'
import { openRoot } from '../root/root.js'
import type { Damage } from '../store/damage.js'
import { inspect, type Price, type Report, repair } from '../store/fsck/fsck.js'
import { EXIT } from './failure.js'
import { settings } from './settings.js'
import type { Terminal } from './terminal.js'

export function fsckCommand(terminal: Terminal): Command {
  return new Command('fsck')
    .description('check that a data directory is as it was written')
    .option('--repair', 'say what a repair gives up: everything behind the first damage')
    .option('--yes', 'with --repair: do it')
    .action(async function fsck(this: Command, options: { repair?: boolean; yes?: boolean }) {
      const config = settings(terminal, this, ['repair', 'yes'])
      let report = inspect(config.dataDir)
      const lines = linesOf(report)
      const { price } = report
      const isRepaired = price !== undefined && options.repair === true && options.yes === true
      if (isRepaired) {
        const engine = chooseEngines(config.engine, config.lockedMemory).small
        const root = await openRoot({ kind: 'file', path: config.rootKeyFile }, engine)
        report = repair(config.dataDir, root.markKey)
        root.release()
        lines.push('repaired; what was given up lies in journal/lost-…', ...linesOf(report))
      } else if (price !== undefined) {
        lines.push(
          options.repair === true
            ? 'nothing was changed: --repair --yes does it'
            : 'nothing was changed: --repair says more',
        )
      }
      await terminal.print({ ...shownReport(report), isRepaired }, lines)
      const isDamaged = report.damage.length > 0 || (report.blobs?.damage.length ?? 0) > 0
      if (isDamaged) terminal.exitCode = EXIT.refused
    })
}

function linesOf({ journal, damage, mended, blobs, price }: Report): string[] {
  const { oldest, sound, records } = journal
  return [
    `journal: ${records} records, sequences ${oldest.sequence} to ${sound.sequence} as they were written`,
    ...mended.map((one) => `the next start mends: ${sentence(one)}`),
    ...damage.map((one) => `DAMAGED: ${sentence(one)}`),
    ...blobLines(blobs),
    ...(price === undefined ? soundLine(blobs) : [priceLine(price)]),
  ]
}

function blobLines(blobs: Report['blobs']): string[] {
  if (blobs === undefined) {
    return ['objects: their bytes were not looked at; start and stop the house, then ask again']
  }
  const { named, damage, unnamed } = blobs
  return [
    ...(named === 0 ? [] : [`objects: bytes of ${named}, all of them read`]),
    ...unnamed.map((file) => `no row names ${file}: the next start removes it`),
    ...damage.map((one) => `DAMAGED: ${sentence(one)}`),
  ]
}

/** No repair brings an object's bytes back. */
function soundLine(blobs: Report['blobs']): string[] {
  return (blobs?.damage.length ?? 0) > 0 ? ['put damaged objects back from a copy'] : ['sound']
}

function sentence({ file, offset, sequence, reason }: Damage): string {
  const place = offset === undefined ? '' : ` at byte ${offset}`
  return `${file}${place}: ${reason}${sequence === undefined ? '' : ` (sequence ${sequence})`}`
}

function priceLine({ from, to, records }: Price): string {
  if (to === undefined) {
    return `a repair keeps what is there; whether more was acknowledged, nobody can say (${records} records behind the damage can be read)`
  }
  if (to < from) return 'a repair gives up no record that was acknowledged'
  return `a repair gives up sequences ${from} to ${to}, which were acknowledged: keys, states and records (${records} of the records can still be read)`
}

function shownReport({ journal, damage, mended, blobs, price }: Report): object {
  const { oldest, sound, records } = journal
  return {
    journal: { first: oldest.sequence, last: sound.sequence, records },
    damage,
    mended,
    blobs: blobs ?? null,
    price: price ?? null,
  }
}
