/**
 * What a client does for one coordinator, from hello to the end of the line.
 *
 *     hello → idle → start → a process of its own prepares → ready → go → it sends → sent → the coordinator leaves
 *
 * Who sends is a process that has the target's access key in its memory, and goes away with the line: a coordinator that is
 * gone has load at no target. A process that hangs is not vouched for: the line falls silent.
 *
 * @module
 */
import type { Duplex } from 'node:stream'
import type { Clock } from '../../clock.js'
import { environment, stolenMs } from '../recording/machine.js'
import { type Client, processClient } from '../running/client.js'
import { reasonOf } from '../running/reason.js'
import type { Sent } from '../running/sender.js'
import { checkedScenario } from '../scenario/read.js'
import type { Scenario } from '../scenario/scenario.js'
import { Line, SILENCE_MS } from './line.js'
import { type FromClient, type ToClient, toClient, VERSION } from './messages.js'

/** The moment of a plan is no further away. */
const AWAY_MS_MAX = 60_000

export interface ShareOptions {
  readonly socket: Duplex
  readonly clock: Clock
  /** Asked when it says hello: true when the client is this coordinator's from now on; of one that is leaving, when it has left. */
  readonly claim: () => Promise<boolean>
  readonly onStart: (scenario: Scenario, index: number) => void
  readonly onSent: (sent: Sent) => void
}

export class Share {
  readonly #options: ShareOptions
  readonly #line: Line<FromClient, ToClient>
  #isAsked = false
  #isGreeted = false
  #isEnding = false
  #client: Client | undefined
  #state: State = 'idle'
  #aliveMs = 0
  #over: (reason: string) => void = () => undefined
  /** Nothing is sent any more, and the next may come; why. */
  readonly over = new Promise<string>((resolve) => {
    this.#over = resolve
  })

  constructor(options: ShareOptions) {
    this.#options = options
    const { socket, clock } = options
    this.#line = new Line({
      ...{ socket, clock, read: toClient },
      onMessage: (message) => this.#hear(message),
      onEnd: (reason) => void this.#end(reason),
      isWell: () => this.#client === undefined || clock.elapsed() - this.#aliveMs < SILENCE_MS,
    })
  }

  /** The line has ended, and what it had sent here is on its way to its end. */
  get isEnding(): boolean {
    return this.#isEnding
  }

  close(reason: string): void {
    this.#line.close(reason)
  }

  /** @throws Error of what is out of turn, which ends the line */
  #hear(message: ToClient): void {
    if (message.kind === 'hello') this.#asked(message.version)
    else if (!this.#isGreeted) throw new Error(`${message.kind} before hello`)
    else this.#told(message)
  }

  #told(message: Exclude<ToClient, { readonly kind: 'hello' }>): void {
    const failed = (error: unknown) => this.#fail(error)
    switch (message.kind) {
      case 'clock':
        this.#line.say({ kind: 'clock', at: this.#options.clock.now() })
        break
      case 'start':
        this.#turn('idle', 'preparing')
        this.#start(message).catch(failed)
        break
      case 'go':
        this.#turn('ready', 'running')
        this.#go(message.at).catch(failed)
        break
      case 'stop':
        this.#client?.stop(message.why)
        break
      case 'change':
        this.#client?.change(message.factor)
    }
  }

  #turn(from: State, to: State): void {
    if (this.#state !== from) throw new Error(`${to}, out of turn`)
    this.#state = to
  }

  #asked(version: number): void {
    if (this.#isAsked) throw new Error('hello, again')
    this.#isAsked = true
    void this.#greet(version)
  }

  async #greet(version: number): Promise<void> {
    const reason = await this.#refusal(version)
    if (reason !== undefined) {
      this.#line.say({ kind: 'refused', reason })
      this.#line.close(`this client ${reason}`)
      return
    }
    this.#isGreeted = true
    this.#line.greeted()
    const machine = { ...environment(null), stealMs: null }
    this.#line.say({ kind: 'hello', version: VERSION, machine })
  }

  async #refusal(version: number): Promise<string | undefined> {
    if (version !== VERSION) return `speaks version ${VERSION}, not ${version}`
    return (await this.#options.claim()) ? undefined : 'is busy with another coordinator'
  }

  async #start({ scenario: given, index, address }: StartMessage): Promise<void> {
    const scenario = checkedScenario(given, 'what the coordinator sends')
    const { clients: of, machines } = scenario
    // What is for other machines has no house here, no files to replay, and no raw log (scenario/machines.ts).
    if (machines.length === 0) throw new Error('was sent a scenario that names no machines')
    if (index >= of) throw new Error(`was told to be client ${index} of ${of}`)
    this.#options.onStart(scenario, index)
    this.#aliveMs = this.#options.clock.elapsed()
    this.#client = processClient(
      { scenario, client: { index, of }, rawPath: undefined },
      { ...address, dataDir: undefined },
      (window) => this.#line.say({ kind: 'window', window }),
      () => {
        this.#aliveMs = this.#options.clock.elapsed()
      },
    )
    await this.#client.prepare()
    this.#turn('preparing', 'ready')
    this.#line.say({ kind: 'ready' })
  }

  async #go(at: number): Promise<void> {
    const inMs = at - this.#options.clock.now()
    if (Math.abs(inMs) > AWAY_MS_MAX) {
      throw new Error(`was told to begin ${(inMs / 1000).toFixed(0)} s from now, by its clock`)
    }
    const stolen = stolenMs()
    const sent = await this.#client!.run(at)
    this.#turn('running', 'done')
    this.#options.onSent(sent)
    const stealMs = stolen === null ? null : (stolenMs() ?? stolen) - stolen
    this.#line.say({ kind: 'sent', sent, stealMs })
  }

  #fail(error: unknown): void {
    this.#state = 'done'
    this.#line.say({ kind: 'failed', reason: reasonOf(error) })
  }

  async #end(reason: string): Promise<void> {
    this.#isEnding = true
    await this.#client?.close()
    this.#over(reason)
  }
}

type State = 'idle' | 'preparing' | 'ready' | 'running' | 'done'
type StartMessage = Extract<ToClient, { readonly kind: 'start' }>
