/**
 * Starts servers, each in a process of its own (process.ts), and ends them.
 *
 * @module
 */
import { fork } from 'node:child_process'
import type { EngineName } from '../../engine/engine.js'
import type { AccessKey } from '../user.js'

export type ServerWanted =
  | {
      readonly kind: 'sealtrail'
      readonly dataDir: string
      /** A file. */
      readonly seed: string
      readonly front: 'native' | 'node'
      readonly engine: EngineName | 'auto'
    }
  | { readonly kind: 'plain'; readonly accessKey: AccessKey }
  | { readonly kind: 'echo' }

export type FromServer =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'record'; readonly record: string }
  | { readonly type: 'failed'; readonly message: string }

export interface StartedServer {
  readonly url: string
  /** Of ours: the newest audit record. */
  newestRecord(): Promise<string>
  stop(): Promise<void>
}

const SCRIPT = new URL('./process.js', import.meta.url)

/** @throws Error with what the server says why it does not start */
export async function startServer(wanted: ServerWanted): Promise<StartedServer> {
  const child = fork(SCRIPT, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    // What cannot be told to one who is gone is no matter; that he cannot be started is.
    child.on('error', () => child.pid === undefined && resolve())
  })
  const next = () =>
    new Promise<FromServer>((resolve) => {
      child.once('message', (message) => resolve(message as FromServer))
      void gone.then(() => resolve({ type: 'failed', message: 'its process has ended' }))
    })
  const started = next()
  child.send(wanted)
  const told = await started
  if (told.type !== 'listening') {
    throw new Error(`a server does not start: ${told.type === 'failed' ? told.message : told.type}`)
  }
  return {
    url: told.url,
    async newestRecord() {
      const answer = next()
      child.send('record')
      const said = await answer
      return said.type === 'record' ? said.record : ''
    },
    async stop() {
      if (child.connected) child.disconnect()
      await gone
    },
  }
}
