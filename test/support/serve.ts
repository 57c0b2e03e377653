/** A running `sealtrail serve` on a folder of its own, or on one that a test keeps. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface ServerProcess {
  readonly child: ChildProcess
  readonly url: string
  /** The lines printed until the endpoint was told, and after. */
  readonly lines: readonly string[]
  /** What it has written to stderr so far. */
  said(): string
  readonly credentials: { accessKeyId: string; secretAccessKey: string }
  /** The exit code, once it has ended. */
  readonly gone: Promise<number | null>
  /** Ends it with `signal` and waits. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export function temporaryFolder(name: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `sealtrail-${name}-`))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export interface ServeOptions {
  readonly fileBytesMax?: number
  /** Others of the command line. */
  readonly args?: readonly string[]
}

/**
 * Starts the command on any free port, and waits until it says where it listens. With `fileBytesMax` its files
 * stop growing there, as on a disk that fails.
 */
export async function startServer(
  dataDir: string,
  { fileBytesMax, args: more = [] }: ServeOptions = {},
): Promise<ServerProcess> {
  const limit = `trap "" XFSZ; ulimit -f ${Math.ceil((fileBytesMax ?? 0) / 1024)};`
  const shell = fileBytesMax === undefined ? [] : ['bash', '-c', `${limit} exec "$@"`, 'serve']
  const serve = ['dist/cli/main.js', 'serve', '--data-dir', dataDir, '--port', '0', ...more]
  const [command, ...args] = [...shell, process.execPath, ...serve]
  const child = spawn(command!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SEALTRAIL_LOG_LEVEL: 'error' },
  })
  const lines: string[] = []
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line)
      const told = /https?:\/\/\S+:\d+/.exec(line)
      if (told) resolve(told[0])
    })
    void gone.then((code) => reject(new Error(`serve ended with ${code}: ${errors}`)))
  })
  return {
    child,
    url,
    lines,
    gone,
    said: () => errors,
    credentials: readCredentials(dataDir),
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return gone
    },
  }
}

export function readCredentials(dataDir: string): { accessKeyId: string; secretAccessKey: string } {
  const text = readFileSync(join(dataDir, 'credentials'), 'utf8')
  const value = (name: string) => new RegExp(`^${name}\\s*=\\s*(\\S+)`, 'm').exec(text)?.[1] ?? ''
  return {
    accessKeyId: value('aws_access_key_id'),
    secretAccessKey: value('aws_secret_access_key'),
  }
}
