/**
 * The door to ingest for programs: what they give is looked at once, here.
 *
 * How a stream becomes log files is in stream.ts. Source: docs/FORMAT.md §11.1.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { givenMembers, unlike } from '../../given.js'
import type { TrailParts } from '../parts.js'
import type { Trail } from '../trails/trail.js'
import { loggingTrail } from './deliver.js'
import { type EventSource, piecesOf } from './source.js'
import { type Ingested, ingestStream } from './stream.js'

export interface IngestOptions {
  /** A batch ends with so many bytes of events: 64 KiB to 32 MiB; 8 MiB unless given. */
  readonly batchBytes?: number | undefined
  /** At the latest, when its first event has waited so long: 1 ms to an hour; 5 s unless given. */
  readonly batchAgeMs?: number | undefined
  /** Called, in order, when more events are safe. What it throws ends the work. */
  readonly onProgress?: ((ingested: Ingested) => void) | undefined
}

const KIB = 1024
const MIB = 1024 * KIB
const BATCH_BYTES = { least: 64 * KIB, most: 32 * MIB, usual: 8 * MIB }
const BATCH_AGE_MS = { least: 1, most: 60 * 60 * 1000, usual: 5000 }

export interface IngestFor {
  readonly closing: AbortSignal
  /** Called when more events are safe, before whoever gave them hears of it. */
  readonly note: (ingested: Ingested) => void
}

/** @throws SealtrailError `InputInvalid`, `TrailNotLogging`, and as {@link ingestStream} does. */
export async function ingest(
  parts: TrailParts,
  trail: Trail,
  source: EventSource,
  options: IngestOptions = {},
  { closing, note }: IngestFor,
): Promise<Ingested> {
  const { batchBytes, batchAgeMs, onProgress } = givenMembers(options, 'options')
  const bytes = numberIn(batchBytes, 'batchBytes', BATCH_BYTES)
  const ageMs = numberIn(batchAgeMs, 'batchAgeMs', BATCH_AGE_MS)
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw unlike('onProgress', 'a function', onProgress)
  }
  const { account } = loggingTrail(parts, trail)
  const { slotMs } = parts
  const pieces = piecesOf(source)
  const isSafe = (ingested: Ingested) => {
    note(ingested)
    onProgress?.(ingested)
  }
  const stream = { bytes, ageMs, slotMs, account, onProgress: isSafe, closing }
  return await ingestStream(parts, trail, pieces, stream)
}

interface Bounds {
  readonly least: number
  readonly most: number
  readonly usual: number
}

function numberIn(given: unknown, what: string, { least, most, usual }: Bounds): number {
  if (given === undefined) return usual
  if (typeof given !== 'number') throw unlike(what, 'a number', given)
  if (Number.isInteger(given) && given >= least && given <= most) return given
  throw new SealtrailError('InputInvalid', `${what} must be ${least} to ${most}`)
}
