/**
 * Who takes part, and how each is started: a command, pinned to the server's core, on a port of its own.
 *
 * Ours once for each front that is there. Peers are looked for on the machine, never installed: one that is not
 * there is named with what would bring it.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Contender {
  readonly name: string
  /** Why it cannot take part; undefined when it can. */
  readonly lacks?: string
  command(place: Place): Command
}

/** Where one contender lives: its folder, and its port. */
export interface Place {
  readonly folder: string
  readonly port: number
}

interface Command {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Running {
  readonly process: ChildProcess
  readonly pid: number
  readonly url: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** What contenders without an access key of their own are given. */
const ACCESS_KEY = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
const START_MS = 30_000
const TASKSET = '/usr/bin/taskset'
export const [SERVER_CORE, CLIENT_CORE] = [0, 1]

const UNRECORDED = fileURLToPath(new URL('unrecorded.js', import.meta.url))
const PLAIN = fileURLToPath(new URL('plain.js', import.meta.url))
const OURS = fileURLToPath(new URL('../../../../dist/cli/main.js', import.meta.url))

export function contenders(): Contender[] {
  return [
    ...fronts().map((front) => sealtrail(front)),
    unrecorded(),
    {
      name: 'plain',
      command: ({ port }) => ({
        argv: [process.execPath, PLAIN, `${port}`, ...Object.values(ACCESS_KEY)],
      }),
    },
    localKms(),
    moto(),
    {
      name: 'OpenBao',
      lacks: 'its transit engine speaks an API of its own: not the same call',
      command: () => ({ argv: [] }),
    },
  ]
}

/** Starts it, and waits until it takes connections. */
export async function start(contender: Contender, folder: string): Promise<Running> {
  mkdirSync(folder, { recursive: true })
  const port = await freePort()
  const { argv, env = {} } = contender.command({ folder, port })
  const [command, ...args] = pinned(SERVER_CORE, argv)
  const child = spawn(command!, args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...withoutBenchSettings(), ...env },
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  await Promise.race([
    untilAnswering(url),
    gone.then(() => Promise.reject(new Error(`${contender.name} ended at its start`))),
  ])
  const access = accessKeyIn(folder) ?? ACCESS_KEY
  return {
    process: child,
    pid: child.pid!,
    url,
    ...access,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const late = setTimeout(() => child.kill('SIGKILL'), 5000)
      await gone
      clearTimeout(late)
    },
  }
}

/** `argv` on one core, where taskset is there. */
export function pinned(core: number, argv: readonly string[]): readonly string[] {
  return existsSync(TASKSET) ? [TASKSET, '-c', `${core}`, ...argv] : argv
}

export function sealtrail(front: string | undefined, more: readonly string[] = []): Contender {
  return {
    name: front === undefined ? 'sealtrail' : `sealtrail, ${front} front`,
    command: ({ folder, port }) => ({
      argv: [
        ...[process.execPath, OURS, 'serve'],
        ...['--data-dir', join(folder, 'data'), '--port', `${port}`, ...more],
      ],
      env: front === undefined ? {} : { SEALTRAIL_FRONT: front },
    }),
  }
}

/** What the journal costs is what is between this and the same with it. */
export function unrecorded(records: 'no' | 'recorded' = 'no'): Contender {
  const front = fronts().at(-1) ?? 'node'
  return {
    name: `${front} front, ${records === 'no' ? 'no record' : 'a record of each call'}`,
    command: ({ folder, port }) => ({
      argv: [process.execPath, UNRECORDED, join(folder, 'data'), `${port}`, front, records],
    }),
  }
}

/** The fronts that can be asked for; [undefined] where there is no choice. */
export function fronts(): ReadonlyArray<string | undefined> {
  const front = fileURLToPath(new URL('../../../../dist/http/front/native.js', import.meta.url))
  return existsSync(front) ? ['node', 'native'] : [undefined]
}

function localKms(): Contender {
  const go = onPath('go')
  const inGo = spawnSync('go', ['env', 'GOPATH'], { encoding: 'utf8' }).stdout?.trim()
  const found =
    onPath('local-kms') ??
    [inGo, join(homedir(), 'go')]
      .map((folder) => join(folder ?? '', 'bin', 'local-kms'))
      .find((file) => existsSync(file))
  const install = 'go install github.com/nsmithuk/local-kms@latest'
  return {
    name: 'local-kms',
    ...(found === undefined ? { lacks: go ? `not installed: ${install}` : 'needs Go' } : {}),
    command: ({ folder, port }) => ({
      argv: [found!],
      env: {
        PORT: `${port}`,
        KMS_DATA_PATH: folder,
        KMS_ACCOUNT_ID: '000000000000',
        KMS_REGION: 'us-east-1',
      },
    }),
  }
}

export function moto(): Contender {
  const found = onPath('moto_server')
  const isComplete =
    found !== undefined && spawnSync(found, ['--help'], { stdio: 'ignore' }).status === 0
  return {
    name: 'moto',
    ...(isComplete ? {} : { lacks: "not installed: pip install 'moto[server,kms]'" }),
    command: ({ port }) => ({ argv: [found!, '-H', '127.0.0.1', '-p', `${port}`] }),
  }
}

export function onPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))
}

/** Ours refuses settings that it does not know. */
function withoutBenchSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('SEALTRAIL_')),
  )
}

async function untilAnswering(url: string): Promise<void> {
  const deadline = performance.now() + START_MS
  for (;;) {
    try {
      await (await fetch(url)).arrayBuffer()
      return
    } catch {
      if (performance.now() > deadline) throw new Error(`${url} does not answer`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

function accessKeyIn(folder: string): typeof ACCESS_KEY | undefined {
  const file = join(folder, 'data', 'credentials')
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  const value = (name: string) => new RegExp(`^${name}\\s*=\\s*(\\S+)`, 'm').exec(text)?.[1] ?? ''
  return {
    accessKeyId: value('aws_access_key_id'),
    secretAccessKey: value('aws_secret_access_key'),
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
    server.on('error', reject)
  })
}
