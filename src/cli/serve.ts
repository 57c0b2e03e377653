/**
 * `sealtrail serve`: KMS and STS for any AWS client, until a signal.
 *
 * The first line on stdout says engine, CPU features, endpoint and data directory; the first start prints the
 * access key it made, once. Log lines are JSON on stderr.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { systemClock } from '../clock.js'
import type { Engines } from '../engine/choose.js'
import { openLog } from '../http/log.js'
import { isLoopback } from '../http/loopback.js'
import { startServer } from '../http/server.js'
import { type Credentials, loadCredentials } from '../iam/credentials-file.js'
import { createSts } from '../iam/sts.js'
import { meaning, settings, withSealtrail } from './settings.js'
import { note } from './terminal.js'

const STDERR_FD = 2
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

export function serveCommand(): Command {
  return new Command('serve')
    .description('serve KMS and STS to AWS SDKs and CLIs')
    .option('--host <address>', meaning('host'))
    .option('--port <number>', meaning('port'))
    .addOption(new Option('--auth <how>', meaning('auth')).choices(['sigv4', 'trust']))
    .action(async function serve(this: Command) {
      const config = settings(this)
      const stopped = untilSignal()
      outliveReaders()
      await withSealtrail(config, async (sealtrail) => {
        const credentials = await loadCredentials(config.dataDir, config.account)
        const log = openLog(config.logLevel, STDERR_FD)
        const server = await startServer({
          kms: sealtrail.service,
          sts: createSts(),
          engine: sealtrail.engines.small,
          credentials,
          config,
          logger: log.logger,
          clock: systemClock,
        }).catch((error: unknown) => {
          // The next start does not show it.
          sayCreated(credentials)
          throw error
        })
        say(
          `sealtrail ${version}: ${engineLine(sealtrail.engines)}; ${server.url}; data in ${config.dataDir}`,
        )
        sayCreated(credentials)
        if (!isLoopback(config.host))
          note(`${server.url} has no TLS: put a proxy with TLS in front`)
        const broken = sealtrail.broken.then((cause) => ({ cause }))
        const end = await Promise.race([stopped, broken])
        note(`stopping: ${typeof end === 'string' ? end : 'the store can write no more'}`)
        await server.close()
        log.flush()
        // Whoever runs this starts it again, on what is safe.
        if (typeof end !== 'string') throw end.cause
      })
    })
}

/** Asked for at once, so that a signal during the start is not lost. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
}

/** Who reads our lines may go away, as `head` does: that is no reason to stop, nor to stop in a hurry. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
}

function engineLine({ small, bulk }: Engines): string {
  const lines = [...new Set([small, bulk])].map(({ name, features }) => {
    return `${name} engine (${features.join(' ')})`
  })
  return lines.join(' for keys, ').concat(lines.length > 1 ? ' for objects' : '')
}

function sayCreated({ path, created }: Credentials): void {
  if (created === undefined) return
  say(`the first start made this access key, shown once and kept in ${path}:`)
  say(`  export AWS_ACCESS_KEY_ID=${created.accessKeyId}`)
  say(`  export AWS_SECRET_ACCESS_KEY=${created.secretAccessKey}`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
