/**
 * A scenario as the runner takes it: every member there, times in milliseconds, sizes in bytes.
 *
 * What a file says is schema.ts; what it means where it says nothing is here. Plain data: it goes to other processes as it
 * is, and into the report.
 *
 * @module
 */
import type { KeySpec, SigningAlgorithm } from '../../kms/specs/key-specs.js'
import { boundsOf, type SizePlan } from '../data/sizes.js'
import { signingAlgorithms } from './signing.js'
import { durationMs, sizeBytes } from './units.js'

export type EmbeddedTarget = { readonly kind: 'embedded'; readonly dataDir?: string }
export interface Resources {
  readonly key?: string
  readonly bucket?: string
  readonly channel?: string
}
export interface ServerTarget extends Resources {
  readonly kind: 'server'
  readonly url?: string
  readonly dataDir?: string
  readonly region?: string
  readonly credentials?: string
}
export interface AwsTarget extends Resources {
  readonly kind: 'aws'
  readonly kms?: string
  readonly s3?: string
  readonly cloudtrailData?: string
  readonly region?: string
  readonly credentials?: string
}
export type DirectoryTarget = { readonly kind: 'directory'; readonly path: string }
export type TargetGiven = EmbeddedTarget | ServerTarget | AwsTarget | DirectoryTarget

export type Encryption = 'none' | 'SSE-S3' | 'SSE-KMS' | 'SSE-KMS-bucket-key' | 'SSE-C'
export type WorkKind =
  | 'kms.GenerateDataKey'
  | 'kms.Encrypt'
  | 'kms.Decrypt'
  | 'kms.Sign'
  | 's3.PutObject'
  | 's3.GetObject'
  | 's3.ListObjectsV2'
  | 'logs.write'
  | 'logs.read'
  | 'cloudtrail-data.PutAuditEvents'

/** All that any kind of work may say; each looks at its own. */
export interface WorkSettings {
  readonly kind: WorkKind
  readonly weight: number
  readonly context: Readonly<Record<string, string>>
  readonly contexts: number
  /** Of plaintext to Encrypt, or of a message to Sign. */
  readonly bytes: number
  /** Of the key that signs. */
  readonly keySpec: KeySpec
  readonly algorithm: SigningAlgorithm
  /** Of an object: the largest, where they are of many sizes. */
  readonly size: number
  readonly sizes: SizePlan | undefined
  readonly encryption: Encryption
  readonly objects: number
  readonly batchBytes: number
  readonly batchAgeMs: number
  readonly files: number
  readonly events: number
}

export type Shape =
  | { readonly kind: 'constant' | 'soak'; readonly rate: number }
  | { readonly kind: 'ramp'; readonly from: number; readonly to: number }
  | { readonly kind: 'steps'; readonly rates: readonly number[] }
  | {
      readonly kind: 'spike'
      readonly rate: number
      readonly peak: number
      readonly atMs: number
      readonly forMs: number
    }
  | { readonly kind: 'closed'; readonly users: number; readonly pauseMs: number }
  | ReplayShape

/** Events of log files, as they came. */
export interface ReplayShape {
  readonly kind: 'replay'
  readonly directory: string
  /** Seconds of the log in one. */
  readonly speed: number | undefined
}

export interface Steady {
  readonly windows: number
  readonly percent: number
}

export interface Scenario {
  /** As it was read, for the report. */
  readonly given: object
  readonly name: string
  readonly target: TargetGiven
  readonly work: readonly WorkSettings[]
  readonly shape: Shape
  readonly warmupMs: number
  readonly durationMs: number
  readonly stop: { readonly operations?: number; readonly steady?: Steady }
  readonly windowMs: number
  /** Those that send: processes, or as many as there are machines. */
  readonly clients: number
  /** `host:port` of clients elsewhere; none where processes of this machine send. */
  readonly machines: readonly string[]
  readonly inFlight: number
  readonly patienceMs: number
  readonly check: number
  readonly thresholds: readonly string[]
  readonly raw: boolean
  readonly seed: number
}

/** A value that the schema lets through. */
type Given = { readonly [name: string]: unknown }

const KIB = 1024
const SHORT = '10s'
const LONG = '1h'

export function scenarioOf(given: object): Scenario {
  const file = given as Given
  const shape = shapeOf(file.shape as Given)
  const machines = (file.machines ?? []) as readonly string[]
  const usual = shape.kind === 'soak' ? LONG : SHORT
  return {
    given,
    name: text(file.name, 'load'),
    target: file.target as TargetGiven,
    work: (file.work as readonly Given[]).map(workOf),
    shape,
    warmupMs: durationMs(text(file.warmup, '0ms')),
    durationMs: durationMs(text(file.duration, usual)),
    stop: (file.stop ?? {}) as Scenario['stop'],
    windowMs: durationMs(text(file.window, '1s')),
    clients: number(file.clients, machines.length || 1),
    machines,
    inFlight: number(file.inFlight, 128),
    patienceMs: durationMs(text(file.patience, '5s')),
    check: number(file.check, 0.01),
    thresholds: (file.thresholds ?? []) as readonly string[],
    raw: file.raw === true,
    seed: number(file.seed, 1),
  }
}

function workOf(given: Given): WorkSettings {
  const keySpec = text(given.keySpec, 'ECC_NIST_P256') as KeySpec
  const algorithm = text(given.algorithm, signingAlgorithms(keySpec)[0]!)
  const sizes = sizesOf(given.sizes as Given | undefined)
  return {
    kind: given.kind as WorkKind,
    weight: number(given.weight, 1),
    context: (given.context ?? {}) as WorkSettings['context'],
    contexts: number(given.contexts, 1),
    bytes: number(given.bytes, 32),
    keySpec,
    algorithm: algorithm as SigningAlgorithm,
    size: sizes === undefined ? bytes(given.size, 4 * KIB) : boundsOf(sizes).most,
    sizes,
    encryption: text(given.encryption, 'SSE-KMS') as Encryption,
    objects: number(given.objects, 100),
    batchBytes: bytes(given.batchBytes, 8 * KIB * KIB),
    batchAgeMs: durationMs(text(given.batchAge, '1s')),
    files: number(given.files, 20),
    events: number(given.events, 10),
  }
}

function sizesOf(given: Given | undefined): SizePlan | undefined {
  if (given === undefined) return undefined
  const bounds = ({ least, most }: Given) => ({
    least: sizeBytes(least as string),
    most: sizeBytes(most as string),
  })
  if (given.kind === 'log2') return { kind: 'log2', ...bounds(given) }
  if (given.kind === 'real') return { kind: 'real' }
  const buckets = (given.buckets as readonly Given[]).map((bucket) => {
    return { ...bounds(bucket), weight: bucket.weight as number }
  })
  return { kind: 'buckets', buckets }
}

function shapeOf(given: Given): Shape {
  switch (given.kind) {
    case 'spike': {
      const { rate, peak } = given as { rate: number; peak: number }
      const [atMs, forMs] = [durationMs(given.at as string), durationMs(given.for as string)]
      return { kind: 'spike', rate, peak, atMs, forMs }
    }
    case 'replay': {
      const { directory, speed } = given as { directory: string; speed?: number }
      return { kind: 'replay', directory, speed }
    }
    case 'closed': {
      const pauseMs = durationMs(text(given.pause, '0ms'))
      return { kind: 'closed', users: given.users as number, pauseMs }
    }
    default:
      // The other kinds say numbers only, under the same names.
      return given as Shape
  }
}

function text(given: unknown, usual: string): string {
  return typeof given === 'string' ? given : usual
}

function bytes(given: unknown, usual: number): number {
  return typeof given === 'string' ? sizeBytes(given) : usual
}

function number(given: unknown, usual: number): number {
  return typeof given === 'number' ? given : usual
}
