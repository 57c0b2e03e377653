/**
 * How much a gzip member may unpack to.
 *
 * Arithmetic only; gunzip.ts and gunzip-stage.ts ask here before they take memory.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'

/** No deflate stream unpacks to more than this many times its size: 258 bytes for each 2 bits. */
export const RATIO_MAX = 1032
/** A ratio says little of a short text, and a short text does no harm. */
const RATIO_FREE_BYTES = 1024 * 1024

/** What a member may unpack to. */
export interface GunzipBounds {
  /** Plain bytes; at least 0. */
  readonly bytesMax: number
  /** Plain bytes for each byte of the member. A MiB is never held against it. */
  readonly ratioMax?: number | undefined
}

/** The most that `memberBytes` may unpack to. @throws SealtrailError `InputInvalid` for bounds that are none */
export function outputLimit({ bytesMax, ratioMax }: GunzipBounds, memberBytes: number): number {
  if (!(Number.isSafeInteger(bytesMax) && bytesMax >= 0) || !((ratioMax ?? 1) > 0)) {
    throw new SealtrailError('InputInvalid', 'bytesMax is a number of bytes, ratioMax above 0')
  }
  const byRatio = Math.max(RATIO_FREE_BYTES, memberBytes * (ratioMax ?? RATIO_MAX))
  return Math.floor(Math.min(bytesMax, byRatio))
}

/** The limit is the caller's; that there is more is all that is known. */
export function tooLarge(bytesMax: number): SealtrailError {
  const message = `unpacked, this is larger than the ${bytesMax} bytes that it may be`
  return new SealtrailError('OutputTooLarge', message, { bytesMax })
}
