/**
 * What one run measured: the form of report.json, version 1.
 *
 * Latencies are nanoseconds, `at` and `ms` milliseconds, the first since the run's start. Types only: who makes a report is
 * the runner, what one may look like is schema.ts. Source: docs/FORMAT.md §14.
 *
 * @module
 */

export interface RunReport {
  readonly version: 1
  /** As it was read, whole. */
  readonly scenario: object
  readonly environment: Environment
  /** ISO 8601. */
  readonly startedAt: string
  /** Operations/s; null of a closed loop. */
  readonly plannedRate: number | null
  readonly warmup: Totals | null
  readonly totals: Totals
  /** By name of the work, e.g. `kms.GenerateDataKey`. */
  readonly operations: Readonly<Record<string, Totals>>
  readonly windows: readonly Window[]
  /** What it used in the measured time; null where it cannot be seen. */
  readonly target?: TargetTotal | null
  readonly checks: readonly Check[]
  readonly ended: 'complete' | 'steady' | 'interrupted' | 'aborted' | 'failed'
  /** Of a run over several machines: who sent, in the order of the scenario. */
  readonly clients?: readonly ClientReport[]
}

export interface ClientReport {
  /** `host:port`, where it was reached. */
  readonly address: string
  readonly environment: Environment
  readonly clock: ClientClock | null
  /** Behind the moment that was said to all. */
  readonly begunLateMs: number | null
  /** Of each tick: how late it looked after what was due. */
  readonly lateness: LatencySummary | null
  /** Of all its work; those of the clients add up to the run's. Null of one that was lost. */
  readonly totals: Totals | null
  /** Why, of one that was lost. */
  readonly lost: string | null
}

export interface ClientClock {
  /** What has to be added to the coordinator's time to have the client's. */
  readonly offsetMs: number
  /** By which that may be wrong, either way. */
  readonly uncertaintyMs: number
}

export interface Totals {
  /** Arrivals the plan asked for. */
  readonly planned: number
  readonly sent: number
  readonly ok: number
  /** By code. */
  readonly errors: Readonly<Record<string, number>>
  /** Arrivals that could not be sent. */
  readonly dropped: number
  /** Of payload. */
  readonly bytes: number
  /** After gzip, where known. */
  readonly storedBytes: number | null
  readonly seconds: number
  /** From the intended start. */
  readonly corrected: Latency
  /** From when it was sent. */
  readonly raw: Latency
}

export interface LatencySummary {
  readonly count: number
  readonly min: number
  readonly mean: number
  readonly max: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
}

export interface Latency extends LatencySummary {
  /** HdrHistogram V2, compressed, base64. */
  readonly hdr: string
}

export interface Window {
  readonly at: number
  readonly ms: number
  readonly planned: number
  readonly sent: number
  readonly ok: number
  readonly errors: Readonly<Record<string, number>>
  readonly dropped: number
  readonly inFlight: number
  readonly bytes: number
  /** After gzip, where known. */
  readonly storedBytes?: number | null
  readonly corrected: Omit<Latency, 'hdr'>
  readonly raw: Omit<Latency, 'hdr'>
  /** Cores' worth: 1 is one core. */
  readonly clientCpu: number
  readonly target: TargetUse | null
}

export interface TargetUse {
  /** Cores' worth: 1 is one core. */
  readonly cpu: number
  readonly rssBytes: number
  readonly threads: number
  /** fsync and fdatasync; null where nobody counts them. */
  readonly fsyncs: number | null
}

export interface TargetTotal {
  readonly cpuSeconds: number
  readonly rssBytesMax: number
  readonly threadsMax: number
  readonly fsyncs: number | null
}

export interface Check {
  readonly name: string
  readonly count: number
  readonly failed: number
  readonly examples: readonly string[]
}

export interface Environment {
  readonly cpu: string
  readonly cores: number
  readonly flags: readonly string[]
  readonly kernel: string
  readonly node: string
  readonly openssl: string
  readonly engine: string | null
  readonly commit: string | null
  readonly governor: string | null
  readonly stealMs: number | null
}
