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
import { planOf } from '../shape/plan.js'
import type { Target } from '../targets/target.js'
import { mergedChecks } from '../work/checking.js'
import { KnownEvents } from '../work/known-events.js'
import { openWork, workNames } from '../work/open-work.js'
import type { Work } from '../work/work.js'
import { Lane, wholeIn } from './lane.js'
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
  #startMs = 0
  #windowEndMs = 0
  #stop: 'enough' | 'interrupted' | undefined

  constructor(options: SenderOptions) {
    this.#options = options
    const { warmupMs, durationMs } = options.scenario
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
    for (const lane of this.#lanes) lane.beginUsers()
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

  #openLanes(): void {
    const { scenario, target, client, clock } = this.#options
    const { work, shape, stop, warmupMs, patienceMs } = scenario
    const plan = planOf(scenario)
    const names = workNames(work)
    const weights = work.reduce((sum, { weight }) => sum + weight, 0)
    const now = () => clock.elapsed() - this.#startMs
    const events = new KnownEvents()
    let from = client.index / client.of
    for (const [number, settings] of work.entries()) {
      const to = from + settings.weight / weights / client.of
      const part = { from, to }
      from = to
      if (settings.weight === 0) continue
      const { operations = Number.POSITIVE_INFINITY } = stop
      const isLimited = operations !== Number.POSITIVE_INFINITY
      const lane: Lane = new Lane({
        ...{ name: names[number]!, plan, part, warmupMs, patienceMs, now, raw: this.#raw },
        users: shape.kind === 'closed' ? wholeIn(part, shape.users) : 0,
        pauseMs: shape.kind === 'closed' ? shape.pauseMs : 0,
        arrivalsMax: isLimited ? wholeIn(part, operations) : operations,
        inFlightMax: scenario.inFlight,
        ...{ warmup: this.#recorder.warmup, counts: this.#recorder.kind(names[number]!) },
      })
      const { seed, check } = scenario
      const common = { target, client, seed, check, events }
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
      for (const lane of this.#lanes) lane.arrive(nowMs)
      const isOver = nowMs >= this.#endMs || this.#stop !== undefined
      if (isOver || this.#lanes.every((lane) => lane.isExhausted)) break
      await wait(TICK_MS)
    }
    for (const lane of this.#lanes) lane.end()
    if (this.#stop === 'interrupted') for (const lane of this.#lanes) lane.dropWaiting()
    if (isWarm) this.#beginWindows(this.#now())
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
