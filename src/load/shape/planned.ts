/**
 * How many arrivals there are to have been, and until when; whole ones are made of it in arrivals.ts.
 *
 * @module
 */
export interface Planned {
  readonly ms: number
  /** Before `ms`; not whole. */
  arrivalsBy(ms: number): number
  /** Operations a second, from `fromMs` to the end. */
  meanRate(fromMs: number): number
}
