/**
 * How many arrivals there are to have been by any moment: a rate that goes up, down, or stays, piece by piece.
 *
 *     rate ^      ___
 *          |     /   |
 *          |____/    |____            the arrivals until a moment are what lies below, left of it
 *          +--------------> ms
 *
 * Arithmetic only; when arrivals are sent is running/lane.ts. Before the measured time comes the warm-up, at the rate with
 * which that begins. A closed loop has no plan.
 *
 * @module
 */
import { invariant } from '../../invariant.js'
import type { ReplayLog } from '../data/replay-log.js'
import type { Scenario, Shape } from '../scenario/scenario.js'
import type { Planned } from './planned.js'
import { ReplayPlan } from './replay-plan.js'

/** Rates are operations a second. */
interface Piece {
  readonly ms: number
  readonly from: number
  readonly to: number
}

export class Plan implements Planned {
  readonly #pieces: readonly Piece[]
  /** Where each piece begins, and what has arrived by then. */
  readonly #starts: readonly { readonly ms: number; readonly arrivals: number }[]
  readonly ms: number

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces
    let [ms, arrivals] = [0, 0]
    this.#starts = pieces.map((piece) => {
      const start = { ms, arrivals }
      ms += piece.ms
      arrivals += arrivalsIn(piece, piece.ms)
      return start
    })
    this.ms = ms
  }

  arrivalsBy(ms: number): number {
    const at = Math.min(Math.max(ms, 0), this.ms)
    let index = this.#starts.length - 1
    while (index > 0 && this.#starts[index]!.ms > at) index--
    const start = this.#starts[index]
    invariant(start !== undefined, 'a plan has a piece')
    return start.arrivals + arrivalsIn(this.#pieces[index]!, at - start.ms)
  }

  meanRate(fromMs: number): number {
    const arrivals = this.arrivalsBy(this.ms) - this.arrivalsBy(fromMs)
    return (arrivals / (this.ms - fromMs)) * 1000
  }
}

/** Undefined of a closed loop. @param log of a replay */
export function planOf(
  { shape, warmupMs, durationMs }: Scenario,
  log?: ReplayLog,
): Planned | undefined {
  if (log !== undefined) return new ReplayPlan(log, durationMs)
  const pieces = piecesOf(shape, durationMs)
  const first = pieces?.[0]
  if (pieces === undefined || first === undefined) return undefined
  const warmup = { ms: warmupMs, from: first.from, to: first.from }
  return new Plan([warmup, ...pieces].filter(({ ms }) => ms > 0))
}

function piecesOf(shape: Shape, ms: number): readonly Piece[] | undefined {
  switch (shape.kind) {
    case 'constant':
    case 'soak':
      return [flat(shape.rate, ms)]
    case 'ramp':
      return [{ ms, from: shape.from, to: shape.to }]
    case 'steps':
      return shape.rates.map((rate) => flat(rate, ms / shape.rates.length))
    case 'spike': {
      const { rate, peak, atMs, forMs } = shape
      return [flat(rate, atMs), flat(peak, forMs), flat(rate, ms - atMs - forMs)]
    }
    case 'closed':
    case 'replay':
      return undefined
  }
}

function flat(rate: number, ms: number): Piece {
  return { ms, from: rate, to: rate }
}

function arrivalsIn({ ms, from, to }: Piece, until: number): number {
  const now = from + ((to - from) * until) / ms
  return (((from + now) / 2) * until) / 1000
}
