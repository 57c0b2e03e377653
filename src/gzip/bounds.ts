/**
 * How much a gzip member may unpack to.
 *
 * Arithmetic only; gunzip.ts and gunzip-stage.ts ask here before they take memory.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { givenMembers } from '../given.js'

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
export function outputLimit(
  { bytesMax, ratioMax = RATIO_MAX }: GunzipBounds,
  memberBytes: number,
): number {
  const isSize = Number.isSafeInteger(bytesMax) && bytesMax >= 0
  if (!isSize || typeof ratioMax !== 'number' || !(ratioMax > 0)) {
    throw new SealtrailError('InputInvalid', 'bytesMax is a number of bytes, ratioMax above 0')
  }
  const byRatio = Math.max(RATIO_FREE_BYTES, memberBytes * ratioMax)
  return Math.floor(Math.min(bytesMax, byRatio))
}

/** A caller's bounds as our own. @throws SealtrailError `InputInvalid` */
export function givenBounds(given: GunzipBounds): GunzipBounds {
  const bounds = givenMembers(given, 'gunzip')
  outputLimit(bounds, 0)
  return bounds
}

/** The limit is the caller's; that there is more is all that is known. */
export function tooLarge(bytesMax: number): SealtrailError {
  const message = `unpacked, this is larger than the ${bytesMax} bytes that it may be`
  return new SealtrailError('OutputTooLarge', message, { bytesMax })
}
