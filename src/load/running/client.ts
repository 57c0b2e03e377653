/**
 * A sender as its leader sees it: in the leader's process, or in one of its own (client-process.ts).
 *
 * @module
 */
import { fork } from 'node:child_process'
import type { Clock } from '../../clock.js'
import { SealtrailError } from '../../errors.js'
import type { ReplayLog } from '../data/replay-log.js'
import type { WindowData } from '../recording/recorder.js'
import type { Scenario } from '../scenario/scenario.js'
import type { TargetAddress } from '../targets/address.js'
import type { Target } from '../targets/target.js'
import { LOOKS_AT_ONCE } from '../work/behind.js'
import { Sender, type Sent } from './sender.js'

export interface Client {
  /** Resolves when it could begin. @throws SealtrailError `TargetFailed`, and as its work does */
  prepare(): Promise<void>
  /**
   * Resolves when all is answered and verified.
   * @param at when the plan begins, by the wall clock of who leads it; at once unless given
   * @throws SealtrailError as {@link prepare}
   */
  run(at?: number): Promise<Sent>
  stop(why: 'enough' | 'interrupted'): void
  /** So many times the planned rate. */
  change(factor: number): void
  close(): Promise<void>
}

export interface ClientOptions {
  readonly scenario: Scenario
  /** Of a replay. */
  readonly log?: ReplayLog | undefined
  readonly client: { readonly index: number; readonly of: number }
  readonly rawPath: string | undefined
}

export type ToClient =
  | { readonly type: 'start'; readonly options: ClientOptions; readonly address: TargetAddress }
  | { readonly type: 'go'; readonly at?: number | undefined }
  | { readonly type: 'stop'; readonly why: 'enough' | 'interrupted' }
  | { readonly type: 'change'; readonly factor: number }

export type FromClient =
  | { readonly type: 'ready' }
  /** Each so often, whatever else it does. */
  | { readonly type: 'alive' }
  | { readonly type: 'window'; readonly window: WindowData }
  | { readonly type: 'sent'; readonly sent: Sent }
  | { readonly type: 'failed'; readonly message: string }

/** A process that does not end by itself by then is ended. */
const CLOSE_MS = 2000
const SCRIPT = new URL('./client-process.js', import.meta.url)

export function localClient(
  options: ClientOptions,
  target: Target,
  clock: Clock,
  onWindow: (window: WindowData) => void,
): Client {
  const sender = new Sender({ ...options, target, clock, onWindow })
  return {
    prepare: () => sender.prepare(),
    run: (at) => sender.run(at === undefined ? 0 : at - clock.now()),
    stop: (why) => sender.stop(why),
    change: (factor) => sender.change(factor),
    close: () => target.close(),
  }
}

export function processClient(
  options: ClientOptions,
  address: TargetAddress,
  onWindow: (window: WindowData) => void,
  onAlive: () => void = () => undefined,
): Client {
  const child = fork(SCRIPT, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const tell = (message: ToClient) => {
    if (child.connected) child.send(message)
  }
  const gone = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`${signal ?? code}`))
    // What cannot be told to one who is gone is no matter; that he cannot be started is.
    child.on('error', (error) => child.pid === undefined && resolve(error.message))
  })
  let hear: (message: FromClient) => void = () => undefined
  child.on('message', (message: FromClient) => {
    if (message.type === 'alive') onAlive()
    else if (message.type === 'window') onWindow(message.window)
    else hear(message)
  })
  const heard = () =>
    new Promise<FromClient>((resolve) => {
      hear = resolve
      void gone.then((how) =>
        resolve({ type: 'failed', message: `a process that sends ended: ${how}` }),
      )
    })
  const answered = async (message: ToClient): Promise<FromClient> => {
    const answer = heard()
    tell(message)
    const told = await answer
    if (told.type === 'failed') throw new SealtrailError('TargetFailed', told.message)
    return told
  }
  return {
    async prepare() {
      await answered({ type: 'start', options, address })
    },
    async run(at) {
      const told = await answered({ type: 'go', at })
      if (told.type === 'sent') return told.sent
      throw new SealtrailError('TargetFailed', 'a process that sends lost its thread')
    },
    stop: (why) => tell({ type: 'stop', why }),
    change: (factor) => tell({ type: 'change', factor }),
    async close() {
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_MS)
      await gone
      clearTimeout(timer)
    },
  }
}

/** As many connections as calls at once, and some for what is looked at behind them. */
export function connectionsFor({ inFlight, work }: Scenario): number {
  return (inFlight + LOOKS_AT_ONCE) * work.length
}
