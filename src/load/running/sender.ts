/**
 * One process's share of a run: it prepares its work, sends what the plan has, counts, and looks whether all of it holds.
 *
 *     prepare → run: a tick each millisecond, a window each second → what is under way is answered → verify
 *
 * Who leads it, from this process or another, is lead.ts.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../../clock.js'
import { type Recorded, Recorder, type WindowData } from '../recording/recorder.js'
import type { Check } from '../report/run.js'
import type { Scenario } from '../scenario/scenario.js'
import { Arrivals, type Budget, takes, wholeShare } from '../shape/arrivals.js'
import { planOf } from '../shape/plan.js'
import { Turns } from '../shape/turns.js'
import type { Target } from '../targets/target.js'
import { mergedChecks } from '../work/checking.js'
import { KnownEvents } from '../work/known-events.js'
import { openWork, workNames } from '../work/open-work.js'
import type { Work } from '../work/work.js'
import { Lane } from './lane.js'
import { RawLog } from './raw-log.js'

export interface SenderOptions {
  readonly scenario: Scenario
  readonly target: Target
  readonly client: { readonly index: number; readonly of: number }
  readonly clock: Clock
  readonly rawPath: string | undefined
  readonly onWindow: (window: WindowData) => void
}

export interface Sent extends Recorded {
  readonly checks: readonly Check[]
}

const TICK_MS = 1
/** What is under way at the end has so long. */
const DRAIN_MS = 30_000
const INTERRUPTED_DRAIN_MS = 2000
const CLOSING_TICK_MS = 2

export class Sender {
  readonly #options: SenderOptions
  readonly #recorder = new Recorder()
  readonly #raw: RawLog | undefined
  readonly #lanes: Lane[] = []
  readonly #work: Work[] = []
  readonly #endMs: number
  readonly #budget: Budget
  readonly #turns: Turns
  readonly #arrivals: Arrivals | undefined
  #isOver = false
  /** Users of a closed loop who have their answers. */
  #coming = 0
  #startMs = 0
  #windowEndMs = 0
  #stop: 'enough' | 'interrupted' | undefined

  constructor(options: SenderOptions) {
    this.#options = options
    const { scenario, client } = options
    const { warmupMs, durationMs, work, stop } = scenario
    const { operations } = stop
    const left =
      operations === undefined ? Number.POSITIVE_INFINITY : wholeShare(client, operations)
    this.#budget = { left }
    this.#turns = new Turns(work.map(({ weight }) => weight).filter((weight) => weight > 0))
    const plan = planOf(scenario)
    this.#arrivals = plan && new Arrivals(plan, client, warmupMs, this.#budget)
    this.#endMs = warmupMs + durationMs
    this.#raw = options.rawPath === undefined ? undefined : new RawLog(options.rawPath)
    this.#openLanes()
  }

  /** @throws CallFailed, SealtrailError of the target */
  async prepare(): Promise<void> {
    await this.#options.target.records?.begin()
    for (const work of this.#work) await work.prepare()
  }

  /** @throws SealtrailError `StoreDamaged`, `StoreFailed` of records that cannot be read; CallFailed */
  async run(): Promise<Sent> {
    const { warmupMs } = this.#options.scenario
    this.#startMs = this.#options.clock.elapsed()
    this.#beginUsers()
    await this.#send()
    const endedMs = this.#now()
    await this.#drain()
    this.#closeWindow()
    await this.#raw?.close()
    const seconds = Math.max(0, Math.min(endedMs, this.#endMs) - warmupMs) / 1000
    return { ...this.#recorder.recorded(seconds), checks: await this.#checks() }
  }

  /** The run ends now: after what is under way, or without waiting for it. */
  stop(why: 'enough' | 'interrupted'): void {
    this.#stop ??= why
  }

  /** As many times the planned rate, from now on; nothing in a closed loop. */
  change(factor: number): void {
    this.#arrivals?.change(factor)
  }

  #openLanes(): void {
    const { scenario, target, client, clock } = this.#options
    const { shape, warmupMs, patienceMs, inFlight: inFlightMax, seed, check } = scenario
    const names = workNames(scenario.work)
    const common = { target, client, seed, check, events: new KnownEvents() }
    const now = () => clock.elapsed() - this.#startMs
    for (const [number, settings] of scenario.work.entries()) {
      if (settings.weight === 0) continue
      const lane: Lane = new Lane({
        ...{ name: names[number]!, warmupMs, patienceMs, inFlightMax, now, raw: this.#raw },
        onAnswered: shape.kind === 'closed' ? () => this.#comeAgain(shape.pauseMs) : undefined,
        ...{ warmup: this.#recorder.warmup, counts: this.#recorder.kind(names[number]!) },
      })
      const opened = openWork({ settings, number, answering: lane, ...common })
      lane.work = opened
      this.#lanes.push(lane)
      this.#work.push(opened)
    }
  }

  async #send(): Promise<void> {
    const { warmupMs, windowMs } = this.#options.scenario
    let isWarm = warmupMs > 0
    if (!isWarm) this.#beginWindows(0)
    for (;;) {
      const nowMs = this.#now()
      if (isWarm && nowMs >= warmupMs) {
        isWarm = false
        this.#beginWindows(nowMs)
      }
      if (!isWarm && nowMs >= this.#windowEndMs && nowMs < this.#endMs) {
        this.#closeWindow()
        this.#windowEndMs += windowMs
      }
      this.#arrivals?.until(nowMs, this.#plan)
      for (const lane of this.#lanes) lane.pump(nowMs)
      if (nowMs >= this.#endMs || this.#stop !== undefined || this.#budget.left <= 0) break
      await wait(TICK_MS)
    }
    this.#isOver = true
    if (this.#stop === 'interrupted') for (const lane of this.#lanes) lane.dropWaiting()
    if (isWarm) this.#beginWindows(this.#now())
  }

  readonly #plan = (at: number): void => this.#lanes[this.#turns.next()]!.plan(at)

  #beginUsers(): void {
    const { scenario, client } = this.#options
    const { shape } = scenario
    const users = shape.kind === 'closed' ? wholeShare(client, shape.users) : 0
    for (let user = 0; user < users; user++) this.#come()
  }

  /** Not at once: answers that come without waiting for anything would leave no time for the clock. */
  #comeAgain(pauseMs: number): void {
    if (pauseMs > 0) setTimeout(() => this.#come(), pauseMs)
    else if (this.#coming++ === 0) setImmediate(this.#comeAll)
  }

  readonly #comeAll = (): void => {
    const users = this.#coming
    this.#coming = 0
    for (let user = 0; user < users; user++) this.#come()
  }

  /** Of a closed loop: somebody asks now. */
  #come(): void {
    const at = this.#now()
    if (this.#isOver || (at > this.#options.scenario.warmupMs && !takes(this.#budget))) return
    const lane = this.#lanes[this.#turns.next()]!
    lane.plan(at)
    lane.pump(at)
  }

  async #drain(): Promise<void> {
    const begun = this.#now()
    for (;;) {
      const nowMs = this.#now()
      for (const lane of this.#lanes) lane.pump(nowMs)
      if (this.#lanes.every(({ waiting }) => waiting === 0))
        for (const work of this.#work) work.flush()
      if (this.#lanes.every(({ waiting, inFlight }) => waiting === 0 && inFlight === 0)) return
      const most = this.#stop === 'interrupted' ? INTERRUPTED_DRAIN_MS : DRAIN_MS
      if (nowMs - begun > most) break
      await wait(CLOSING_TICK_MS)
    }
    for (const lane of this.#lanes) {
      lane.dropWaiting()
      lane.giveUp()
    }
  }

  async #checks(): Promise<Check[]> {
    const { target } = this.#options
    // Who stops a run does not wait for what it would have shown.
    if (this.#stop !== 'interrupted') for (const work of this.#work) await work.verify()
    const checks = this.#work.flatMap((work) => work.checks.map((one) => one.result()))
    if (this.#stop !== 'interrupted' && target.records !== undefined) {
      checks.push(await target.records.check())
    }
    return mergedChecks(checks.filter(({ count }) => count > 0))
  }

  #beginWindows(nowMs: number): void {
    this.#recorder.begin(nowMs)
    this.#windowEndMs = this.#options.scenario.warmupMs + this.#options.scenario.windowMs
  }

  #closeWindow(): void {
    const inFlight = this.#lanes.reduce((sum, lane) => sum + lane.inFlight, 0)
    this.#options.onWindow(this.#recorder.closeWindow(this.#now(), inFlight))
  }

  #now(): number {
    return this.#options.clock.elapsed() - this.#startMs
  }
}
