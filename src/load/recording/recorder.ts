/**
 * What one process counts while it sends: by kind of work, and by window; the warm-up apart.
 *
 * An answer belongs to the time in which its arrival was planned (warm-up or measured), and to the window in which it came.
 * Each is counted once, in the window of its kind; at the end of the window these are added up and begin anew.
 *
 * @module
 */
import { Counts, type CountsData } from './counts.js'

/** Of one process; times are milliseconds since its start. */
export interface WindowData extends CountsData {
  /** 0 for the first behind the warm-up. */
  readonly index: number
  readonly at: number
  readonly ms: number
  readonly inFlight: number
  /** Of this process, all threads: 1 is one core. */
  readonly clientCpu: number
}

export interface Recorded {
  readonly warmup: CountsData
  readonly operations: Readonly<Record<string, CountsData>>
  /** Of the measured time, until the last answer. */
  readonly seconds: number
}

/** Of one kind of work. */
class Kind {
  readonly window = new Counts()
  readonly total = new Counts()
}

export class Recorder {
  readonly warmup = new Counts()
  readonly #kinds = new Map<string, Kind>()
  readonly #all = new Counts()
  #index = 0
  #begunMs = 0
  #cpu = process.cpuUsage()

  /** Where arrivals of `name` are counted. */
  kind(name: string): Counts {
    const known = this.#kinds.get(name) ?? new Kind()
    this.#kinds.set(name, known)
    return known.window
  }

  /** The first window begins: what was before it was warm-up. */
  begin(nowMs: number): void {
    this.#begunMs = nowMs
    this.#cpu = process.cpuUsage()
  }

  /** Ends the window that is open; the next one begins. */
  closeWindow(nowMs: number, inFlight: number): WindowData {
    this.#all.reset()
    for (const { window, total } of this.#kinds.values()) {
      this.#all.add(window)
      total.add(window)
      window.reset()
    }
    const [at, ms] = [this.#begunMs, nowMs - this.#begunMs]
    const { user, system } = process.cpuUsage(this.#cpu)
    this.#cpu = process.cpuUsage()
    this.#begunMs = nowMs
    const clientCpu = (user + system) / 1000 / Math.max(ms, 1)
    return { index: this.#index++, at, ms, inFlight, clientCpu, ...this.#all.data() }
  }

  /** When the last window has been closed. */
  recorded(seconds: number): Recorded {
    const kinds = [...this.#kinds].map(([name, { total }]) => [name, total.data()] as const)
    return { warmup: this.warmup.data(), operations: Object.fromEntries(kinds), seconds }
  }
}
