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
import type { ReplayLog } from '../data/replay-log.js'
import { Latencies } from '../recording/latencies.js'
import { type Recorded, Recorder, type WindowData } from '../recording/recorder.js'
import type { Check, LatencySummary } from '../report/run.js'
import type { Scenario } from '../scenario/scenario.js'
import { Arrivals, type Budget, wholeShare } from '../shape/arrivals.js'
import { planOf } from '../shape/plan.js'
import { Turns } from '../shape/turns.js'
import type { Target } from '../targets/target.js'
import { mergedChecks, Sampler } from '../work/checking.js'
import { KnownEvents } from '../work/known-events.js'
import { openWork, workNames } from '../work/open-work.js'
import type { Work } from '../work/work.js'
import { Lane } from './lane.js'
import { RawLog } from './raw-log.js'
import { reasonOf } from './reason.js'
import { Users } from './users.js'

export interface SenderOptions {
  readonly scenario: Scenario
  readonly target: Target
  readonly client: { readonly index: number; readonly of: number }
  readonly clock: Clock
  readonly rawPath: string | undefined
  /** Of a replay. */
  readonly log?: ReplayLog | undefined
  readonly onWindow: (window: WindowData) => void
}

export interface Sent extends Recorded {
  /** For which arrivals came, behind the warm-up. */
  readonly plannedSeconds: number
  readonly checks: readonly Check[]
  /** Behind the moment at which it was to begin. */
  readonly begunLateMs: number
  /** Of each tick behind the warm-up: how late it looked after what was due. */
  readonly lateness: LatencySummary
}

const TICK_MS = 1
/** What is under way at the end has so long. */
const DRAIN_MS = 30_000
const INTERRUPTED_DRAIN_MS = 2000
const CLOSING_TICK_MS = 2
const WAITING_TICK_MS = 50
/** A check that fails when others cannot be made. */
const LOOKED_AT = 'what was answered can be looked at'
const RAW_IS_WHOLE = 'the raw log is whole'

export class Sender {
  readonly #options: SenderOptions
  readonly #recorder = new Recorder()
  readonly #lateness = new Latencies()
  readonly #raw: RawLog | undefined
  readonly #lanes: Lane[] = []
  readonly #work: Work[] = []
  readonly #endMs: number
  readonly #budget: Budget
  readonly #turns: Turns
  /** One of the two. */
  readonly #arrivals: Arrivals | undefined
  readonly #users: Users | undefined
  #startMs = 0
  #windowEndMs = 0
  #stop: 'enough' | 'interrupted' | undefined
  #giveUp: () => void = () => undefined
  readonly #givenUp = new Promise<void>((resolve) => {
    this.#giveUp = resolve
  })

  constructor(options: SenderOptions) {
    this.#options = options
    const { scenario, client, log } = options
    const { warmupMs, durationMs, work, shape, stop } = scenario
    const { operations } = stop
    const left =
      operations === undefined ? Number.POSITIVE_INFINITY : wholeShare(client, operations)
    this.#budget = { left }
    this.#turns = new Turns(work.map(({ weight }) => weight).filter((weight) => weight > 0))
    const plan = planOf(scenario, log)
    this.#arrivals = plan && new Arrivals(plan, client, warmupMs, this.#budget)
    if (shape.kind === 'closed') {
      this.#users = new Users({
        ...{ count: wholeShare(client, shape.users), pauseMs: shape.pauseMs, warmupMs },
        ...{ budget: this.#budget, now: () => this.#now(), ask: (at) => this.#ask(at) },
      })
    }
    this.#endMs = warmupMs + durationMs
    this.#raw = options.rawPath === undefined ? undefined : new RawLog(options.rawPath)
    this.#openLanes()
  }

  /** @throws CallFailed, SealtrailError of the target */
  async prepare(): Promise<void> {
    await this.#options.target.records?.begin()
    for (const work of this.#work) await work.prepare()
  }

  /** @param inMs when the plan begins, from now on: what was due before that is late */
  async run(inMs = 0): Promise<Sent> {
    const { warmupMs } = this.#options.scenario
    const begunLateMs = await this.#begin(inMs)
    this.#users?.begin()
    await this.#send()
    const endedMs = this.#now()
    await this.#drain()
    this.#closeWindow()
    const raw = await this.#raw?.close().catch(notWhole)
    // What was answered late took longer: else a target that lags behind would look fast.
    const answeredMs = Math.max(...this.#lanes.map((lane) => lane.answeredMs))
    const plannedMs = Math.min(endedMs, this.#endMs)
    const seconds = (ms: number) => Math.max(0, ms - warmupMs) / 1000
    const recorded = this.#recorder.recorded(seconds(Math.max(plannedMs, answeredMs)))
    const lateness = this.#lateness.summary()
    const plannedSeconds = seconds(plannedMs)
    const checks = [...(await this.#checks()), ...(raw ? [raw] : [])]
    return { ...recorded, plannedSeconds, begunLateMs, lateness, checks }
  }

  /** The run ends now: after what is under way, or without waiting for it. */
  stop(why: 'enough' | 'interrupted'): void {
    if (this.#stop !== 'interrupted') this.#stop = why
    if (why === 'interrupted') this.#giveUp()
  }

  /** As many times the planned rate, from now on; nothing in a closed loop. */
  change(factor: number): void {
    this.#arrivals?.change(factor)
  }

  #openLanes(): void {
    const { scenario, target, client, log } = this.#options
    const { warmupMs, patienceMs, inFlight: inFlightMax, seed, check } = scenario
    const names = workNames(scenario.work)
    const common = {
      target,
      client,
      seed,
      check,
      log,
      events: new KnownEvents(new Sampler(check).isAll),
    }
    const now = () => this.#now()
    for (const [number, settings] of scenario.work.entries()) {
      if (settings.weight === 0) continue
      const lane: Lane = new Lane({
        ...{ name: names[number]!, warmupMs, patienceMs, inFlightMax, now, raw: this.#raw },
        onAnswered: this.#users && (() => this.#users?.answered()),
        ...{ warmup: this.#recorder.warmup, counts: this.#recorder.kind(names[number]!) },
      })
      const opened = openWork({ settings, number, answering: lane, ...common })
      lane.work = opened
      this.#lanes.push(lane)
      this.#work.push(opened)
    }
  }

  /** Waits for the plan's moment, and tells how late it was then. */
  async #begin(inMs: number): Promise<number> {
    const { clock } = this.#options
    this.#startMs = clock.elapsed() + inMs
    while (this.#now() < 0 && this.#stop === undefined) {
      await wait(Math.min(WAITING_TICK_MS, Math.ceil(-this.#now())))
    }
    // Who is stopped before it begins there and then.
    this.#startMs = Math.min(this.#startMs, clock.elapsed())
    return this.#now()
  }

  async #send(): Promise<void> {
    const { warmupMs } = this.#options.scenario
    let [isWarm, dueMs] = [warmupMs > 0, 0]
    if (!isWarm) this.#beginWindows(0)
    for (;;) {
      const nowMs = this.#now()
      if (isWarm && nowMs >= warmupMs) {
        isWarm = false
        this.#beginWindows(nowMs)
      }
      if (!isWarm) this.#lateness.record(nowMs - dueMs)
      dueMs = nowMs + TICK_MS
      if (!isWarm && nowMs >= this.#windowEndMs && nowMs < this.#endMs) {
        this.#closeWindow()
      }
      this.#arrivals?.until(nowMs, this.#plan)
      for (const lane of this.#lanes) lane.pump(nowMs)
      if (nowMs >= this.#endMs || this.#stop !== undefined || this.#budget.left <= 0) break
      await wait(TICK_MS)
    }
    this.#users?.end()
    if (this.#stop === 'interrupted') for (const lane of this.#lanes) lane.dropWaiting()
    if (isWarm) this.#beginWindows(this.#now())
  }

  readonly #plan = (at: number): void => this.#lanes[this.#turns.next()]!.plan(at)

  /** Somebody of a closed loop asks. */
  #ask(at: number): void {
    const lane = this.#lanes[this.#turns.next()]!
    lane.plan(at)
    lane.pump(at)
  }

  async #drain(): Promise<void> {
    const { windowMs } = this.#options.scenario
    const begun = this.#now()
    // The last window has what comes soon; there are more only for what takes longer.
    this.#windowEndMs = begun + windowMs
    for (;;) {
      const nowMs = this.#now()
      if (nowMs >= this.#windowEndMs) this.#closeWindow()
      for (const lane of this.#lanes) lane.pump(nowMs)
      if (this.#lanes.every(({ waiting }) => waiting === 0)) {
        for (const work of this.#work) work.flush()
        if (this.#lanes.every(({ inFlight }) => inFlight === 0)) return
      }
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
    const looked: Check[] = []
    // Who stops a run does not wait for what it would have shown, or would still show.
    if (this.#stop !== 'interrupted') await Promise.race([this.#look(looked), this.#givenUp])
    const checks = this.#work.flatMap((work) => work.checks.map((one) => one.result()))
    return mergedChecks([...checks, ...looked].filter(({ count }) => count > 0))
  }

  async #look(looked: Check[]): Promise<void> {
    try {
      for (const work of this.#work) await work.verify()
      const { records } = this.#options.target
      if (records !== undefined) looked.push(...(await records.check()))
    } catch (error) {
      looked.push({ name: LOOKED_AT, count: 1, failed: 1, examples: [reasonOf(error)] })
    }
  }

  #beginWindows(nowMs: number): void {
    this.#recorder.begin(nowMs)
    this.#windowEndMs = this.#options.scenario.warmupMs + this.#options.scenario.windowMs
  }

  #closeWindow(): void {
    this.#windowEndMs += this.#options.scenario.windowMs
    const inFlight = this.#lanes.reduce((sum, lane) => sum + lane.inFlight, 0)
    this.#options.onWindow(this.#recorder.closeWindow(this.#now(), inFlight))
  }

  #now(): number {
    return this.#options.clock.elapsed() - this.#startMs
  }
}

/** What was measured is told all the same. */
function notWhole(error: unknown): Check {
  return { name: RAW_IS_WHOLE, count: 1, failed: 1, examples: [reasonOf(error)] }
}
