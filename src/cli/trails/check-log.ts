/**
 * `sealtrail trail check-log`: whether every record is the one that was signed.
 *
 * It reads the whole journal of a directory that a start may refuse, and starts no more of the house than that takes. Exit
 * code 3 when something differs.
 *
 * @module
 */
import { Command } from 'commander'
import { chooseEngines } from '../../engine/choose.js'
import { SealtrailError } from '../../errors.js'
import { checkLog, type LogCheck } from '../../proofs/check-log.js'
import { KeptLog } from '../../proofs/kept-log.js'
import { bindRoot, openRoot } from '../../root/root.js'
import { openStore } from '../../store/store.js'
import { EXIT } from '../terminal/failure.js'
import { type Settings, settings } from '../terminal/settings.js'
import type { Terminal } from '../terminal/terminal.js'
import { readProof } from './proof-file.js'

export function checkLogCommand(terminal: Terminal): Command {
  return new Command('check-log')
    .description(
      'hold every record against the log that was signed, and name the first that differs',
    )
    .option('--checkpoint <file>', 'one that was kept elsewhere: the log must have all that it had')
    .action(async function check(this: Command) {
      const { checkpoint } = this.opts()
      const config = settings(terminal, this, ['checkpoint'])
      const kept = checkpoint === undefined ? undefined : await readProof(checkpoint)
      const told = await checked(config, kept)
      await terminal.print(told, linesOf(told))
      if (told.problem !== undefined) terminal.exitCode = EXIT.refused
    })
}

async function checked(config: Settings, kept: string | undefined): Promise<LogCheck> {
  const { dataDir, rootKeyFile: path, engine, lockedMemory } = config
  const store = await openStore({ dataDir, scribe: false })
  try {
    const root = await openRoot(
      { kind: 'file', path },
      chooseEngines(engine, lockedMemory).small,
      store,
    )
    try {
      await bindRoot(store, root)
      const log = await KeptLog.open(store, root)
      if (log === undefined) throw new SealtrailError('InputInvalid', NOT_BEGUN)
      try {
        return await checkLog(store, log, kept)
      } finally {
        await log.tiles.close()
      }
    } finally {
      root.release()
    }
  } finally {
    await store.close()
  }
}

const NOT_BEGUN = 'no log was begun here: `sealtrail trail checkpoint` begins one'

function linesOf({ size, kept, problem }: LogCheck): string[] {
  const dropped = size - kept
  const hashes = dropped === 0 ? [] : [`of ${dropped} of them the journal keeps no record any more`]
  const verdict =
    problem === undefined ? 'all as they were signed' : `NOT AS SIGNED: ${problem.says}`
  return [`${size} sequence numbers in the log: ${verdict}`, ...hashes]
}
