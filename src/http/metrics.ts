/**
 * What this house does, in numbers, for whoever watches it from this machine.
 *
 *     GET /_sealtrail/metrics     200, Prometheus's text format, from loopback; from elsewhere nothing is there
 *
 * Not signed, and answered also when every place is taken, as health is; so it is for this machine alone, asked for by a
 * name of its loopback, and not for whoever comes through a proxy on it. Calls and uses of keys are those that were read
 * of the records until now, a few seconds behind (audit/follower.ts), also those that were answered natively; syncs alone are
 * asked for, and no answer waits long for a disk that hangs. Keys are named by their ARNs, a thousand at most; no caller is. Source: Prometheus exposition formats, version 0.0.4.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Tally } from '../audit/tally.js'
import type { Store } from '../store/store.js'
import type { Deliveries } from '../trail/trail.js'
import type { Admission } from './admission.js'
import { hostOf, isLoopback } from './loopback.js'
import { textAnswer } from './protocols/faults.js'
import type { Answer, Received } from './received.js'

const PATH = '/_sealtrail/metrics'
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
/** What proxies say of whom they speak for. */
const FORWARDED = /^(?:forwarded|via|x-real-ip|x-forwarded-.*)$/

/** As long as the store may think of its syncs. */
const SYNCS_WAIT_MS = 200

/** Where the numbers are. */
export interface Measured {
  readonly tally: Pick<Tally, 'calls' | 'uses'>
  readonly store: Pick<Store, 'counts' | 'syncs'>
  readonly deliveries: () => readonly Deliveries[]
}

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

export class Metrics {
  readonly #measured: Measured
  readonly #admission: Pick<Admission, 'inflight' | 'waiting'>
  /** As it was known last. */
  #syncs = 0

  constructor(measured: Measured, admission: Pick<Admission, 'inflight' | 'waiting'>) {
    this.#measured = measured
    this.#admission = admission
  }

  /** Undefined for another request, and for whoever is not of this machine. */
  answer({ method, path, headers, sourceIpAddress }: Asked): Promise<Answer> | undefined {
    if (path !== PATH || (method !== 'GET' && method !== 'HEAD')) return undefined
    if (!isLoopback(sourceIpAddress) || !isDirect(headers)) return undefined
    return this.#answered()
  }

  async #answered(): Promise<Answer> {
    const { store } = this.#measured
    const late = wait(SYNCS_WAIT_MS, undefined, { ref: false })
    this.#syncs = (await Promise.race([store.syncs(), late])) ?? this.#syncs
    return textAnswer(200, CONTENT_TYPE, this.#text())
  }

  #text(): string {
    const { tally, store, deliveries } = this.#measured
    const { commits, batches, queuedBytes } = store.counts
    const trails = deliveries()
    const calls = tally.calls.map(({ service, operation, result, count }): Sample => {
      return [{ service, operation, result }, count]
    })
    const uses = tally.uses.map(({ key, operation, isFree, count }): Sample => {
      return [{ key, operation, charge: isFree ? 'free' : 'billed' }, count]
    })
    const alone = (value: number): Sample[] => [[{}, value]]
    return [
      counter(
        'recorded_calls_total',
        'Records that were read, of calls and how they ended.',
        calls,
      ),
      counter('key_uses_total', 'Uses of KMS keys, and whether they are charged.', uses),
      gauge(
        'trail_logging',
        'Whether a trail logs.',
        trails.map(({ arn: trail, isLogging }) => [{ trail }, Number(isLogging)]),
      ),
      gauge('trail_failing', 'Whether the last try to deliver failed.', trails.flatMap(failures)),
      gauge(
        'trail_last_delivery_timestamp_seconds',
        'When something was delivered last.',
        trails.flatMap(lastTimes),
      ),
      gauge('requests_in_flight', 'Requests that are worked on.', alone(this.#admission.inflight)),
      gauge('requests_waiting', 'Requests in line for a place.', alone(this.#admission.waiting)),
      counter(
        'store_commits_total',
        'Commits that became durable, but for those made natively.',
        alone(commits),
      ),
      counter('store_batches_total', 'Batches of commits, each one sync.', alone(batches)),
      counter(
        'store_syncs_total',
        'Times the disk was waited for, fsync and fdatasync; those of SQLite are not among them.',
        alone(this.#syncs),
      ),
      gauge('store_queue_bytes', 'Writes on their way to the disk.', alone(queuedBytes)),
      family(
        'process_resident_memory_bytes',
        'gauge',
        'Resident memory.',
        alone(process.memoryUsage.rss()),
      ),
    ].join('')
  }
}

type Asked = Pick<Received, 'method' | 'path' | 'headers' | 'sourceIpAddress'>

/** A proxy that says nothing of itself passes the name on that its client asked for, or says what that was. */
function isDirect(headers: Asked['headers']): boolean {
  if (!isLoopback(hostOf(headers.get('host') ?? ''))) return false
  for (const name of headers.keys()) if (FORWARDED.test(name)) return false
  return true
}

function failures({ arn: trail, error, digestError }: Deliveries): Sample[] {
  return [
    [{ trail, of: 'logs' }, Number(error !== undefined)],
    [{ trail, of: 'digests' }, Number(digestError !== undefined)],
  ]
}

function lastTimes({ arn: trail, deliveredAt, digestDeliveredAt }: Deliveries): Sample[] {
  return [
    ...(deliveredAt === undefined ? [] : [[{ trail, of: 'logs' }, deliveredAt / 1000] as const]),
    ...(digestDeliveredAt === undefined
      ? []
      : [[{ trail, of: 'digests' }, digestDeliveredAt / 1000] as const]),
  ]
}

const counter = (name: string, help: string, samples: readonly Sample[]) =>
  family(`sealtrail_${name}`, 'counter', help, samples)
const gauge = (name: string, help: string, samples: readonly Sample[]) =>
  family(`sealtrail_${name}`, 'gauge', help, samples)

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')
}
