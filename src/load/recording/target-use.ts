/**
 * What the target's process uses while load is sent, window by window and in all.
 *
 * CPU, memory and threads are the system's to say, for a process of this machine. How often it waited for the disk is for the
 * target to say, which takes a moment: a window has it as soon as it was told, counted from one window's end to the next.
 *
 * @module
 */
import type { Clock } from '../../clock.js'
import type { TargetTotal, TargetUse } from '../report/run.js'
import { ProcessUse } from './machine.js'

/** Who is to be watched. */
export interface Watched {
  /** Of this machine. */
  readonly pid: number | undefined
  /** Its syncs since it began; undefined when it does not say. */
  syncs?(): Promise<number | undefined>
}

type Told = { -readonly [Name in keyof TargetUse]: TargetUse[Name] }

export class UseOf {
  readonly #use: ProcessUse | undefined
  readonly #syncs: Watched['syncs']
  readonly #clock: Clock
  #warm: NodeJS.Timeout | undefined
  /** When the windows began, and when the last one ended. */
  #begunMs = 0
  #endedMs = 0
  #cpuMs = 0
  readonly #most = { rssBytesMax: 0, threadsMax: 0 }
  /** Syncs at their beginning, and as they were told last; a window may have none between. */
  #first: number | undefined
  #last: number | undefined
  #before: number | undefined
  #telling: Promise<unknown> = Promise.resolve()

  constructor({ pid, syncs }: Watched, clock: Clock) {
    this.#use = pid === undefined ? undefined : new ProcessUse(pid, clock.elapsed())
    this.#syncs = syncs
    this.#clock = clock
  }

  /** The first window begins in `inMs`: when the plan has begun everywhere, and its warm-up is over. */
  begin(inMs: number): void {
    this.#restart()
    if (inMs > 0) this.#warm = setTimeout(() => this.#restart(), inMs).unref()
  }

  /** Of the window that ends now; null where the process cannot be seen. */
  next(): TargetUse | null {
    const nowMs = this.#clock.elapsed()
    const told: Told | null = this.#use?.next(nowMs) ?? null
    if (told === null) return null
    this.#cpuMs += told.cpu * (nowMs - this.#endedMs)
    this.#endedMs = nowMs
    this.#most.rssBytesMax = Math.max(this.#most.rssBytesMax, told.rssBytes)
    this.#most.threadsMax = Math.max(this.#most.threadsMax, told.threads)
    this.#ask((count) => {
      if (count !== undefined && this.#before !== undefined) told.fsyncs = count - this.#before
    })
    return told
  }

  /** Of all windows, when each has been told. */
  async total(): Promise<TargetTotal | null> {
    clearTimeout(this.#warm)
    await this.#telling
    if (this.#use === undefined || this.#endedMs === this.#begunMs) return null
    const [first, last] = [this.#first, this.#last]
    const fsyncs = first === undefined || last === undefined ? null : last - first
    return { cpuSeconds: this.#cpuMs / 1000, ...this.#most, fsyncs }
  }

  #restart(): void {
    this.#begunMs = this.#endedMs = this.#clock.elapsed()
    this.#use?.next(this.#begunMs)
    this.#ask((count) => {
      this.#first = count
    })
  }

  /** `hear` is told in the order of the questions. */
  #ask(hear: (count: number | undefined) => void): void {
    if (this.#syncs === undefined || this.#use === undefined) return
    const asked = this.#syncs()
    this.#telling = this.#telling.then(async () => {
      const count = await asked.catch(() => undefined)
      hear(count)
      this.#before = count
      this.#last = count ?? this.#last
    })
  }
}
