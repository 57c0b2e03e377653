/**
 * `sealtrail doctor`: which engines this machine has, what they use, and why the others were passed over.
 *
 * Opens no data directory. Exit code 1 when no engine passes its self-test.
 *
 * @module
 */
import { availableParallelism, cpus } from 'node:os'
import { Command } from 'commander'
import { chooseEngines, surveyEngines } from '../engine/choose.js'
import { EXIT } from './failure.js'
import { settings } from './settings.js'
import { print } from './terminal.js'

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('show the engines of this machine and their self-tests')
    .action(async function doctor(this: Command) {
      const config = settings(this)
      const engines = surveyEngines()
      const usable = engines.some((engine) => engine.usable)
      const chosen = usable ? chosenFor(config.engine) : undefined
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
      ]
      await print({ machine, engines, chosen: chosen ?? null }, lines)
      if (!usable) process.exitCode = EXIT.failed
    })
}

function chosenFor(name: Parameters<typeof chooseEngines>[0]): { small: string; bulk: string } {
  const { small, bulk } = chooseEngines(name)
  return { small: small.name, bulk: bulk.name }
}
