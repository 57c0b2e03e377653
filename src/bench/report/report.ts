/**
 * What benches measured on one machine: the form of bench.json, version 1.
 *
 * Times are nanoseconds of one operation. Types only: who makes a report is asking/, what one may look like is schema.ts.
 * Source: docs/FORMAT.md §16.
 *
 * @module
 */
import type { Environment } from '../../load/report/run.js'
import type { Pace, Standing, Sweep } from '../contest.js'

export interface BenchReport {
  readonly version: 1
  /** ISO 8601. */
  readonly startedAt: string
  readonly environment: Environment
  readonly pace: Pace
  readonly questions: readonly Answered[]
}

export interface Answered {
  readonly name: string
  readonly asks: string
  /** The CPU that it was kept on; null where it had all of them. */
  readonly core: number | null
  /** Of the machine in the minute before. */
  readonly load: number
  readonly seconds: number
  /** Why there are no more outcomes; null when it was answered. */
  readonly failed: string | null
  /** What people should know: a peer that is not installed, say. */
  readonly notes: readonly string[]
  readonly outcomes: readonly Outcome[]
}

export interface Outcome {
  readonly title: string
  readonly baselines: readonly string[]
  readonly bytesPerOp: number | null
  readonly sweep: Sweep | null
  readonly standings: readonly Standing[]
}
