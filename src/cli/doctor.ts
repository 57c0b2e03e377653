/**
 * `sealtrail doctor`: which engines this machine has, what they use, and why the others were passed over.
 *
 * Opens no data directory. Exit code 1 when no engine passes its self-test.
 *
 * @module
 */
import { availableParallelism, cpus } from 'node:os'
import { Command } from 'commander'
import type { Config } from '../config.js'
import { chooseEngines, surveyEngines } from '../engine/choose.js'
import { lockLimit } from '../engine/native/native.js'
import { libdeflate } from '../gzip/libdeflate.js'
import { EXIT } from './terminal/failure.js'
import { settings } from './terminal/settings.js'
import type { Terminal } from './terminal/terminal.js'

interface KeyMemory {
  readonly isLocked: boolean
  /** RLIMIT_MEMLOCK; null where there is none. */
  readonly lockLimitBytes: number | null
}

export function doctorCommand(terminal: Terminal): Command {
  return new Command('doctor')
    .description('show the engines of this machine and their self-tests')
    .action(async function doctor(this: Command) {
      const config = settings(terminal, this)
      const engines = surveyEngines()
      const usable = engines.some((engine) => engine.usable)
      const chosen = usable ? chosenFor(config) : undefined
      const isLocked = engines.some((engine) => engine.name === chosen?.small && engine.isLocked)
      const memory = { isLocked, lockLimitBytes: lockLimit() ?? null }
      const gzip = libdeflate() === undefined ? 'zlib' : 'libdeflate'
      const machine = {
        node: process.version,
        openssl: process.versions.openssl,
        platform: `${process.platform}-${process.arch}`,
        cpu: cpus()[0]?.model ?? 'unknown',
        cores: availableParallelism(),
      }
      const lines = [
        `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}, OpenSSL ${machine.openssl}`,
        ...engines.map(
          ({ name, selfTest, features, reason }) =>
            `${name.padEnd(6)}  self-test ${selfTest.padEnd(10)}  ${reason ?? features.join(' ')}`,
        ),
        chosen
          ? `engine ${config.engine}: ${chosen.small} for small messages, ${chosen.bulk} for bulk`
          : 'no engine is usable',
        memoryLine(memory),
        `gzip by ${gzip}`,
      ]
      await terminal.print({ machine, engines, chosen: chosen ?? null, memory, gzip }, lines)
      if (!usable) terminal.exitCode = EXIT.failed
    })
}

function memoryLine({ isLocked, lockLimitBytes: limit }: KeyMemory): string {
  const state = isLocked
    ? 'keys lie in locked memory'
    : 'keys lie in memory that may be swapped out'
  if (limit === null) return state
  return `${state}; the system locks ${limit.toLocaleString('en')} bytes for a process (ulimit -l)`
}

function chosenFor({ engine, lockedMemory }: Pick<Config, 'engine' | 'lockedMemory'>) {
  const { small, bulk } = chooseEngines(engine, lockedMemory)
  return { small: small.name, bulk: bulk.name }
}
