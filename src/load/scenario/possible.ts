/**
 * Whether a scenario that is well-formed can be run: one sentence, with the place, when it cannot.
 *
 * @module
 */
import { isSealtrailError } from '../../errors.js'
import { boundsOf, type SizePlan, sizesOf } from '../data/sizes.js'
import { machinesComplaint } from './machines.js'
import type { Scenario, WorkSettings } from './scenario.js'
import { signingAlgorithms } from './signing.js'

const BATCH_BYTES = { least: 64 * 1024, most: 32 * 1024 * 1024 }
const OBJECT_BYTES_MAX = 64 * 1024 * 1024
/** What each object begins with: process, number, size (work/object-bytes.ts). */
export const HEAD_BYTES = 16
const WINDOWS_MAX = 100_000
const WINDOW_MS_MIN = 10

/** What each kind of target can be asked for. */
const CAN: Readonly<Record<Scenario['target']['kind'], RegExp>> = {
  embedded: /^(kms|s3|logs)\./,
  server: /./,
  aws: /./,
  directory: /^logs\./,
}

export function impossible(scenario: Scenario): string | undefined {
  const { target, work, shape, durationMs, windowMs, warmupMs, clients } = scenario
  if (durationMs <= 0) return 'duration must be longer than nothing'
  if (windowMs < WINDOW_MS_MIN) return `window must be at least ${WINDOW_MS_MIN}ms`
  if ((durationMs + warmupMs) / windowMs > WINDOWS_MAX) {
    return `window is too short: a report has ${WINDOWS_MAX} windows at most`
  }
  const lacking = machinesComplaint(scenario)
  if (lacking !== undefined) return lacking
  if (clients > 1 && (target.kind === 'embedded' || target.kind === 'directory')) {
    return `clients must be 1 with target.kind ${target.kind}: its house is in one process`
  }
  if (target.kind === 'server' && target.url === undefined && target.credentials !== undefined) {
    return 'target.credentials is for a server that has a url: one that is started has its own'
  }
  const isPutting = work.some(({ kind }) => kind.startsWith('cloudtrail-data.'))
  if (target.kind === 'aws' && isPutting && target.channel === undefined) {
    return 'target.channel must be given: channels of AWS lead to event data stores'
  }
  if (work.every(({ weight }) => weight === 0)) return 'work must have a weight above 0 somewhere'
  for (const [index, one] of work.entries()) {
    if (!CAN[target.kind].test(one.kind)) {
      return `work[${index}].kind ${one.kind} cannot be asked of target.kind ${target.kind}`
    }
    const wrong = wrongWork(one)
    if (wrong !== undefined) return `work[${index}].${wrong}`
    const given = (scenario.given as { readonly work: readonly object[] }).work[index]!
    if ('size' in given && 'sizes' in given) {
      return `work[${index}] has size and sizes, which are two ways to say one thing`
    }
  }
  return wrongShape(shape, durationMs) ?? wrongReplay(scenario)
}

/** Each arrival of a replay is an event with a moment of its own. */
function wrongReplay({ shape, work, warmupMs, clients }: Scenario): string | undefined {
  if (shape.kind !== 'replay') return undefined
  const kinds = work.filter(({ weight }) => weight > 0).map(({ kind }) => kind)
  if (kinds.length !== 1 || kinds[0] !== 'logs.write') {
    return 'shape.kind replay is for work of one logs.write, whose events are those of the log'
  }
  if (warmupMs > 0) return 'warmup must be none with shape.kind replay: its log begins at once'
  return clients > 1 ? 'clients must be 1 with shape.kind replay: it is in order' : undefined
}

function wrongSizes(sizes: SizePlan): string | undefined {
  try {
    sizesOf(sizes, 0)
    return undefined
  } catch (error) {
    if (isSealtrailError(error)) return error.message
    throw error
  }
}

function wrongWork({
  batchBytes,
  batchAgeMs,
  size,
  sizes,
  context,
  kind,
  keySpec,
  algorithm,
}: WorkSettings): string | undefined {
  if (batchBytes < BATCH_BYTES.least || batchBytes > BATCH_BYTES.most) {
    return 'batchBytes must be 64KiB to 32MiB'
  }
  if (batchAgeMs < 1 || batchAgeMs > 3_600_000) return 'batchAge must be 1ms to 1h'
  if (kind.startsWith('s3.')) {
    const what = sizes === undefined ? 'size' : 'sizes'
    if (size > OBJECT_BYTES_MAX) return `${what} must be at most 64MiB`
    const least = sizes === undefined ? size : boundsOf(sizes).least
    if (least < HEAD_BYTES) return `${what} must be at least 16B: an object says which one it is`
    const wrong = sizes && wrongSizes(sizes)
    if (wrong !== undefined) return `sizes ${wrong}`
  }
  const algorithms = signingAlgorithms(keySpec)
  if (kind === 'kms.Sign' && !algorithms.includes(algorithm)) {
    return `algorithm must be one of ${algorithms.join(', ')} with keySpec ${keySpec}`
  }
  const reserved = Object.keys(context).find((name) => name.startsWith('aws:'))
  return reserved && `context has ${reserved}, a name that AWS keeps for itself`
}

function wrongShape(shape: Scenario['shape'], durationMs: number): string | undefined {
  switch (shape.kind) {
    case 'constant':
    case 'soak':
      return shape.rate > 0 ? undefined : 'shape.rate must be above 0'
    case 'ramp':
      return shape.from + shape.to > 0 ? undefined : 'shape must go from or to a rate above 0'
    case 'steps':
      return shape.rates.some((rate) => rate > 0) ? undefined : 'shape.rates has none above 0'
    case 'spike':
      if (shape.rate + shape.peak === 0) return 'shape must have a rate or a peak above 0'
      if (shape.atMs + shape.forMs <= durationMs) return undefined
      return 'shape.at and shape.for reach beyond the duration'
    case 'closed':
    case 'replay':
      return undefined
  }
}
