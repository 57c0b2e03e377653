/**
 * Starts process.ts, and ends it.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { SealtrailError } from '../../../errors.js'

export interface ServerWanted {
  readonly dataDir: string
  readonly region: string
}

export type ServerStarted =
  | { readonly url: string; readonly engine: string }
  | { readonly failed: string }

export interface StartedServer {
  readonly url: string
  readonly engine: string
  readonly pid: number
  /** How it ended; undefined while it is there. */
  gone(): string | undefined
  stop(): Promise<void>
}

const SCRIPT = new URL('./process.js', import.meta.url)

/** @throws SealtrailError `TargetFailed` */
export async function startServer(wanted: ServerWanted): Promise<StartedServer> {
  const child = fork(SCRIPT, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const gone = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`${signal ?? code}`))
    // What cannot be told to one who is gone is no matter; that he cannot be started is.
    child.on('error', (error) => child.pid === undefined && resolve(error.message))
  })
  const told = new Promise<ServerStarted>((resolve) => {
    child.once('message', (message) => resolve(message as ServerStarted))
    void gone.then((how) => resolve({ failed: `it ended before it was there: ${how}` }))
  })
  child.send(wanted)
  const started = await told
  if ('failed' in started) {
    throw new SealtrailError('TargetFailed', `the server does not start: ${started.failed}`)
  }
  return {
    ...started,
    pid: child.pid ?? 0,
    gone: () => child.signalCode ?? child.exitCode?.toString(),
    async stop() {
      if (child.connected) child.send('stop')
      await gone
    },
  }
}
