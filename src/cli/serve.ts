/**
 * `sealtrail serve`: KMS, S3, CloudTrail, IAM and STS for any AWS client, until a signal.
 *
 * The first line on stdout says engine, CPU features, endpoint and data directory; the first start prints the
 * access key it made, once. Log lines are JSON on stderr.
 *
 * @module
 */
import { fstatSync, readFileSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { Command, Option } from 'commander'
import type { Config } from '../config.js'
import type { Engines } from '../engine/choose.js'
import { openLog } from '../http/log.js'
import { isLoopback } from '../http/loopback.js'
import { type Credentials, loadCredentials } from '../iam/credentials-file.js'
import { LISTEN_SETTINGS, type Listening, type ListenOptions } from '../listen.js'
import type { Sealtrail } from '../sealtrail.js'
import { meaning, settings, withSealtrail } from './terminal/settings.js'
import type { Terminal } from './terminal/terminal.js'

const STDERR_FD = 2
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

export function serveCommand(terminal: Terminal): Command {
  return new Command('serve')
    .description('serve KMS, S3, CloudTrail, IAM and STS to AWS SDKs and CLIs')
    .option('--host <address>', meaning('host'))
    .option('--port <number>', meaning('port'))
    .addOption(new Option('--auth <how>', meaning('auth')).choices(['sigv4', 'trust']))
    .option('--access-log', meaning('accessLog'))
    .addOption(new Option('--front <name>', meaning('front')).choices(['auto', 'native', 'node']))
    .option('--tls-cert <file>', meaning('tlsCert'))
    .option('--tls-key <file>', meaning('tlsKey'))
    .addOption(new Option('--s3-sse-c <how>', meaning('s3SseC')).choices(['block', 'allow']))
    .option('--s3-upstream <url>', meaning('s3Upstream'))
    .option('--s3-upstream-region <region>', meaning('s3UpstreamRegion'))
    .addOption(
      new Option('--s3-upstream-style <how>', meaning('s3UpstreamStyle')).choices([
        'path',
        'virtual',
      ]),
    )
    .option('--s3-upstream-credentials <file>', meaning('s3UpstreamCredentials'))
    .option('--trail-clock <how>', meaning('trailClock'))
    .addOption(
      new Option('--trail-profile <name>', meaning('trailProfile')).choices([
        'modern',
        'seed-2015',
      ]),
    )
    .option('--trail-slot-seconds <number>', meaning('trailSlotSeconds'))
    .option('--seed <file>', meaning('seed'))
    .option('--quotas <whose>', meaning('quotas'))
    .option('--faults <file>', meaning('faults'))
    .action(async function serve(this: Command) {
      const config = settings(terminal, this)
      const stopped = untilSignal()
      const serveWith = async (sealtrail: Sealtrail) => {
        const credentials = await loadCredentials(config.dataDir, config.account)
        const log = openLog(config.logLevel, logTarget(terminal))
        const options = { ...listenSettings(config), logger: log.logger }
        const server = await sealtrail.listen(options).catch(async (error: unknown) => {
          // The next start does not show it.
          await say(terminal, createdLines(credentials))
          throw error
        })
        if (config.tlsCert !== '') renewOnSignal(terminal, server)
        await say(terminal, [
          `sealtrail ${version}: ${engineLine(sealtrail.engines)}; ${server.url}; data in ${config.dataDir}`,
          ...createdLines(credentials),
        ])
        if (config.faults !== '') terminal.note(faultsAreOn(config.faults))
        if (config.tlsCert === '' && !isLoopback(config.host)) terminal.note(noTls(server))
        const broken = sealtrail.broken.then((cause) => ({ cause }))
        const end = await Promise.race([stopped, broken])
        terminal.note(`stopping: ${typeof end === 'string' ? end : 'the store can write no more'}`)
        await server.close()
        log.flush()
        // Whoever runs this starts it again, on what is safe.
        if (typeof end !== 'string') throw end.cause
      }
      await withSealtrail(config, serveWith, { isServing: true })
    })
}

/** Whoever should read a pipe may be stuck: only a stream does not wait for him. */
function logTarget({ io }: Terminal): number | Writable {
  const stderr = fstatSync(STDERR_FD)
  return stderr.isFIFO() || stderr.isSocket() ? io.stderr : STDERR_FD
}

/** Those that are empty were not made. */
function listenSettings(config: Config): ListenOptions {
  const made = LISTEN_SETTINGS.filter((name) => config[name] !== '')
  return Object.fromEntries(made.map((name) => [name, config[name]]))
}

function faultsAreOn(file: string): string {
  return `FAULTS ARE ON: calls of the KMS fail and wait as ${file} says. This is for tests only`
}

function noTls({ url }: Listening): string {
  return `${url} has no TLS: give it --tls-cert and --tls-key, or put a proxy with TLS in front`
}

/** Whoever renews certificates tells it by SIGHUP; one that cannot be used is told, and the one from before stays. */
function renewOnSignal(terminal: Terminal, server: Listening): void {
  process.on('SIGHUP', () => {
    server.renewCertificate().then(
      () => terminal.note('certificate and key were read again'),
      (error: Error) => terminal.note(`the certificate from before stays: ${error.message}`),
    )
  })
}

/** Asked for at once, so that a signal during the start is not lost. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
  })
}

function engineLine({ small, bulk }: Engines): string {
  const lines = [...new Set([small, bulk])].map(({ name, features }) => {
    return `${name} engine (${features.join(' ')})`
  })
  return lines.join(' for keys, ').concat(lines.length > 1 ? ' for objects' : '')
}

function createdLines({ path, created }: Credentials): string[] {
  if (created === undefined) return []
  return [
    `the first start made this access key, shown once and kept in ${path}:`,
    `  export AWS_ACCESS_KEY_ID=${created.accessKeyId}`,
    `  export AWS_SECRET_ACCESS_KEY=${created.secretAccessKey}`,
  ]
}

/** Whoever reads our lines may go away, as `head` does: that is said, and no reason to stop. */
async function say(terminal: Terminal, lines: readonly string[]): Promise<void> {
  const text = lines.map((line) => `${line}\n`).join('')
  await terminal.toStdout(text).catch((error: Error) => terminal.note(error.message))
}
