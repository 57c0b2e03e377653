/**
 * Windows of several processes as those of one run: those of one number are one, when all have told theirs.
 *
 * @module
 */
import { Counts } from '../recording/counts.js'
import type { WindowData } from '../recording/recorder.js'
import type { TargetUse, Window } from '../report/run.js'

export class Windows {
  readonly #clients: number
  /** How many windows each has told. */
  readonly #told: number[]
  readonly #isDone: boolean[]
  readonly #parts = new Map<number, WindowData[]>()
  readonly #useOf: () => TargetUse | null
  readonly whole: Window[] = []

  /** @param useOf what the target used since it was asked last */
  constructor(clients: number, useOf: () => TargetUse | null) {
    this.#clients = clients
    this.#told = Array.from({ length: clients }, () => 0)
    this.#isDone = Array.from({ length: clients }, () => false)
    this.#useOf = useOf
  }

  /** @returns those that are whole by it */
  add(client: number, window: WindowData): readonly Window[] {
    this.#told[client] = window.index + 1
    this.#parts.set(window.index, [...(this.#parts.get(window.index) ?? []), window])
    return this.#complete()
  }

  /** Nothing more comes of `client`. */
  done(client: number): readonly Window[] {
    this.#isDone[client] = true
    return this.#complete()
  }

  #complete(): readonly Window[] {
    const made: Window[] = []
    for (;;) {
      const index = this.whole.length
      const parts = this.#parts.get(index)
      const isWhole = this.#told.every((told, client) => told > index || this.#isDone[client])
      if (parts === undefined || !isWhole) return made
      this.#parts.delete(index)
      const window = together(parts, this.#useOf(), this.#clients)
      this.whole.push(window)
      made.push(window)
    }
  }
}

function together(parts: readonly WindowData[], target: TargetUse | null, clients: number): Window {
  const all = new Counts()
  for (const part of parts) all.add(Counts.of(part))
  const sum = (of: (part: WindowData) => number) => parts.reduce((sum, part) => sum + of(part), 0)
  const { planned, sent, ok, dropped, bytes, storedBytes = null } = all
  return {
    at: Math.min(...parts.map(({ at }) => at)),
    ms: sum(({ ms }) => ms) / Math.min(parts.length, clients),
    ...{ planned, sent, ok, errors: Object.fromEntries(all.errors), dropped },
    ...{ bytes, storedBytes },
    inFlight: sum(({ inFlight }) => inFlight),
    ...{ corrected: all.corrected.summary(), raw: all.raw.summary() },
    clientCpu: sum(({ clientCpu }) => clientCpu),
    target,
  }
}
