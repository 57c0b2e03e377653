/**
 * `sealtrail fsck`: whether a data directory is as it was written, and what a repair would give up.
 *
 * Everything is read: journal, rows, blobs; and, where the root key file is there, every object is opened, frame by frame.
 * Looks only, unless `--repair --yes` is given; the price is told either way. The directory must not be in use. Exit code
 * 3 when there is damage that a start refuses, or in an object's bytes.
 *
 * @module
 */
import { Command } from 'commander'
import type { Config } from '../config.js'
import { chooseEngines } from '../engine/choose.js'
import { SealtrailError } from '../errors.js'
import { checkBound, openRoot, type Root } from '../root/root.js'
import { plainBytesIn } from '../s3/fsck/found.js'
import { inspectSealed, type SealedDamage, type SealedReport } from '../s3/fsck/inspect-sealed.js'
import type { Damage } from '../store/damage.js'
import { isThere } from '../store/files/whole-file.js'
import { withClosedStore } from '../store/fsck/closed-store.js'
import { inspect, type Price, type Report, repair } from '../store/fsck/fsck.js'
import { EXIT } from './terminal/failure.js'
import { settings } from './terminal/settings.js'
import type { Terminal } from './terminal/terminal.js'

export function fsckCommand(terminal: Terminal): Command {
  return new Command('fsck')
    .description('check that a data directory is as it was written')
    .option('--repair', 'say what a repair gives up: everything behind the first damage')
    .option('--yes', 'with --repair: do it')
    .action(async function fsck(this: Command, options: { repair?: boolean; yes?: boolean }) {
      const config = settings(terminal, this, ['repair', 'yes'])
      let report = inspect(config.dataDir)
      let sealed = await openEverything(terminal, config, report)
      const lines = linesOf(report, sealed)
      const { price } = report
      const isRepaired = price !== undefined && options.repair === true && options.yes === true
      if (isRepaired) {
        const root = await foundRoot(config)
        if (root === undefined) throw noRoot(config.rootKeyFile)
        try {
          report = repair(config.dataDir, root.markKey)
        } finally {
          root.release()
        }
        sealed = await openEverything(terminal, config, report)
        const where = price.isCut ? '; what was given up lies in journal/lost-…' : ''
        lines.push(`repaired${where}`, ...linesOf(report, sealed))
      } else if (price !== undefined) {
        lines.push(
          options.repair === true
            ? 'nothing was changed: --repair --yes does it'
            : 'nothing was changed: --repair says more',
        )
      }
      await terminal.print({ ...shownReport(report), sealed: sealed ?? null, isRepaired }, lines)
      if (report.damage.length > 0 || hasLoss(report, sealed)) terminal.exitCode = EXIT.refused
    })
}

/** Undefined when that cannot be: what a start refuses has no rows to go by, and nothing opens without the root key. */
async function openEverything(
  terminal: Terminal,
  config: Config,
  { damage }: Report,
): Promise<SealedReport | undefined> {
  const root = damage.length > 0 ? undefined : await foundRoot(config)
  if (root === undefined) return undefined
  const engines = chooseEngines(config.engine, config.lockedMemory)
  try {
    return await withClosedStore(config.dataDir, async (store) => {
      if (await checkBound(store, root)) store.checkSeal(root.markKey)
      const bar = terminal.progress(await plainBytesIn(store))
      return await inspectSealed({ store, root, engines }, bar.add).finally(() => bar.stop())
    })
  } finally {
    root.release()
  }
}

/** Undefined when its file is not there: none is made for a directory that is only looked at. */
async function foundRoot({
  rootKeyFile: path,
  engine,
  lockedMemory,
}: Config): Promise<Root | undefined> {
  if (!(await isThere(path))) return undefined
  return await openRoot({ kind: 'file', path }, chooseEngines(engine, lockedMemory).small)
}

function noRoot(path: string): SealtrailError {
  const message = `the root key file ${path} is missing, and a repair is sealed with it: put it back. Nothing was changed`
  return new SealtrailError('RootKeyUnusable', message, { path })
}

function hasLoss({ blobs }: Report, sealed: SealedReport | undefined): boolean {
  return (blobs?.damage.length ?? 0) + (sealed?.damage.length ?? 0) > 0
}

function linesOf(report: Report, sealed: SealedReport | undefined): string[] {
  const { journal, damage, mended, blobs, gone, price } = report
  const { oldest, sound, records } = journal
  return [
    `journal: ${records} records, sequences ${oldest.sequence} to ${sound.sequence} as they were written`,
    ...mended.map((one) => `the next start mends: ${sentence(one)}`),
    ...damage.map((one) => `DAMAGED: ${sentence(one)}`),
    ...blobLines(blobs),
    ...sealedLines(report, sealed),
    ...gone.map((material) => `GONE: ${material}, which no repair brings back`),
    ...(price === undefined
      ? soundLine(report, sealed)
      : priceLines(price, journal.sound.sequence)),
  ]
}

function blobLines(blobs: Report['blobs']): string[] {
  if (blobs === undefined) {
    return ['objects: their bytes were not looked at; start and stop the house, then ask again']
  }
  const { named, upstream, damage, unnamed } = blobs
  const here = named - upstream
  return [
    ...(here === 0 ? [] : [`objects: bytes of ${here}, all of them read`]),
    ...(upstream === 0 ? [] : [`objects: bytes of ${upstream} lie upstream, and were not read`]),
    ...unnamed.map((file) => `no row names ${file}: the next start removes it`),
    ...damage.map((one) => `DAMAGED: ${sentence(one)}`),
  ]
}

function sealedLines(report: Report, sealed: SealedReport | undefined): string[] {
  if (sealed === undefined) {
    const isAny = report.damage.length === 0 && (report.blobs?.named ?? 0) > 0
    return isAny ? ['objects: none was opened, as the root key file is not there'] : []
  }
  const { objects, bytes, unopened, damage } = sealed
  const { customer, deleted, awaited, external, upstream } = unopened
  return [
    ...(objects === 0
      ? []
      : [`objects: ${objects} read, and every tag of the ${bytes} bytes that open`]),
    ...(customer === 0
      ? []
      : [
          `objects: ${customer} of them not openable without the customer's key, structure checked`,
        ]),
    ...(deleted === 0
      ? []
      : [`objects: ${deleted} of them under KMS keys that were deleted, structure checked`]),
    ...(awaited === 0
      ? []
      : [
          `objects: ${awaited} of them under key material that waits to be imported again, structure checked`,
        ]),
    ...(external === 0
      ? []
      : [`objects: ${external} of them under KMS keys in external key stores, structure checked`]),
    ...(upstream === 0 ? [] : [`objects: ${upstream} of them lie upstream, and were not opened`]),
    ...damage.map((one) => `DAMAGED: ${sealedSentence(one)}`),
  ]
}

function sealedSentence({
  bucket,
  key,
  version,
  upload,
  part,
  frame,
  ...at
}: SealedDamage): string {
  const which = [
    `s3://${bucket}/${key}`,
    ...(version === undefined || version === 'null' ? [] : [`version ${version}`]),
    ...(upload === undefined ? [] : [`upload ${upload}`]),
    ...(part === undefined ? [] : [`part ${part}`]),
    ...(frame === undefined ? [] : [`frame ${frame}`]),
  ].join(', ')
  const { file, offset = 0, reason } = at
  return file === undefined
    ? `${which}: ${reason}`
    : `${which}: ${reason} (${file} at byte ${offset})`
}

/** No repair brings an object's bytes back, or the last copy of what is in no journal. */
function soundLine(report: Report, sealed: SealedReport | undefined): string[] {
  if (report.damage.length > 0) return ['no repair mends that: restore the backup']
  return hasLoss(report, sealed) ? ['put damaged objects back from a copy'] : ['sound']
}

function sentence({ file, offset, sequence, reason }: Damage): string {
  const place = offset === undefined ? '' : ` at byte ${offset}`
  return `${file}${place}: ${reason}${sequence === undefined ? '' : ` (sequence ${sequence})`}`
}

function priceLines(price: Price, soundUpTo: number): string[] {
  const lost = price.material.map(
    (one) =>
      `a repair gives up ${one}: its shred was erased by what is given up, or both files lost it`,
  )
  return [priceLine(price, soundUpTo), ...lost]
}

function priceLine({ from, to, records }: Price, soundUpTo: number): string {
  if (to === undefined) {
    return `a repair keeps what is there; whether more was acknowledged, nobody can say (${records} records behind the damage can be read)`
  }
  if (to < from) return 'a repair gives up no record that was acknowledged'
  // Before the sound part, the tables have all else.
  const what = to <= soundUpTo ? 'records' : 'keys, states and records'
  return `a repair gives up sequences ${from} to ${to}, which were acknowledged: ${what} (${records} of the records can still be read)`
}

function shownReport({ journal, damage, mended, blobs, gone, price }: Report): object {
  const { oldest, sound, records } = journal
  return {
    journal: { first: oldest.sequence, last: sound.sequence, records },
    damage,
    mended,
    blobs: blobs ?? null,
    gone,
    price: price ?? null,
  }
}
