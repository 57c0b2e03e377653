/**
 * A client on another machine, as the coordinator has it: connected, greeted, told its share, heard.
 *
 * What is asked and answered is talk.ts.
 *
 * @module
 */
import type { Clock } from '../../clock.js'
import type { WindowData } from '../recording/recorder.js'
import type { ClientClock, Environment } from '../report/run.js'
import type { Client, ClientOptions } from '../running/client.js'
import type { Machine } from '../running/machine.js'
import type { Sent } from '../running/sender.js'
import type { Place } from '../scenario/place.js'
import type { Scenario } from '../scenario/scenario.js'
import type { TargetAddress } from '../targets/address.js'
import { workNames } from '../work/open-work.js'
import { clockOffset, ROUND_TRIPS, type RoundTrip } from './clock-offset.js'
import { type ToClient, VERSION } from './messages.js'
import { Talk } from './talk.js'
import { dial } from './tls.js'

/** Of a clock: beyond it the senders would not begin together. */
const UNCERTAINTY_MS_MAX = 250
/** Than ours, of a client; of what it tells behind each other when it ends. */
const CLOCK_FASTER_MAX = 1.01
const WINDOWS_AHEAD_MAX = 5

export class RemoteClient implements Machine {
  readonly name: string
  environment: Environment
  readonly #talk: Talk
  readonly #clock: Clock
  #offset: ClientClock | null = null

  private constructor(name: string, environment: Environment, talk: Talk, clock: Clock) {
    this.name = name
    this.environment = environment
    this.#talk = talk
    this.#clock = clock
  }

  /** @throws SealtrailError `TargetFailed`; what `signal` is aborted with */
  static async connect(
    name: string,
    place: Place,
    secret: Uint8Array,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<RemoteClient> {
    const talk = new Talk(name, await dial(place, secret, name, signal), clock)
    const abort = () => talk.close()
    signal.addEventListener('abort', abort)
    try {
      const { version, machine } = await talk.ask({ kind: 'hello', version: VERSION }, 'hello')
      if (version !== VERSION) throw talk.failed(`speaks version ${version}, not ${VERSION}`)
      talk.greeted()
      return new RemoteClient(name, machine, talk, clock)
    } catch (error) {
      talk.close()
      signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  get clock(): ClientClock | null {
    return this.#offset
  }

  client(
    { scenario, client: { index } }: ClientOptions,
    address: TargetAddress,
    onWindow: (window: WindowData) => void,
  ): Client {
    const talk = this.#talk
    return {
      prepare: async () => {
        await talk.ask({ kind: 'start', scenario: scenario.given, index, address }, 'ready')
        // When nothing else goes on there, nor here.
        this.#offset = await this.#measured()
      },
      run: (at = this.#clock.now()) => this.#run(at, scenario, onWindow),
      stop: (why) => talk.say({ kind: 'stop', why }),
      change: (factor) => talk.say({ kind: 'change', factor }),
      close: async () => talk.close(),
    }
  }

  close(): void {
    this.#talk.close()
  }

  async #run(
    at: number,
    { work, windowMs }: Scenario,
    onWindow: (window: WindowData) => void,
  ): Promise<Sent> {
    const [talk, begunMs] = [this.#talk, this.#clock.elapsed()]
    const offsetMs = this.#offset?.offsetMs ?? 0
    const go: ToClient = { kind: 'go', at: Math.round(at + offsetMs) }
    talk.onWindow = (window) => {
      // Windows are kept until all clients have told theirs.
      const ran = (this.#clock.elapsed() - begunMs) / windowMs
      if (window.index > ran * CLOCK_FASTER_MAX + WINDOWS_AHEAD_MAX) {
        throw new Error('a window before its time')
      }
      onWindow(window)
    }
    const { sent, stealMs } = await talk.ask(go, 'sent')
    const names = workNames(work)
    if (!Object.keys(sent.operations).every((name) => names.includes(name))) {
      throw talk.failed('counted work that it was not asked for')
    }
    this.environment = { ...this.environment, stealMs }
    return sent
  }

  async #measured(): Promise<ClientClock> {
    const trips: RoundTrip[] = []
    while (trips.length < ROUND_TRIPS) {
      const askedMs = this.#clock.elapsed()
      const { at } = await this.#talk.ask({ kind: 'clock' }, 'clock')
      const [answeredAt, ms] = [this.#clock.now(), this.#clock.elapsed() - askedMs]
      trips.push({ answeredAt, ms, at })
    }
    const offset = clockOffset(trips)
    const { uncertaintyMs } = offset
    if (uncertaintyMs <= UNCERTAINTY_MS_MAX) return offset
    throw this.#talk.failed(
      `has a clock that is known to within ${uncertaintyMs.toFixed(0)} ms only, of at most ${UNCERTAINTY_MS_MAX}: the way to it is too slow, or it is too busy`,
    )
  }
}
