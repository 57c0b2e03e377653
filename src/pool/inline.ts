/**
 * Which work is done on the spot, and which is worth a thread.
 *
 * A hop to a thread and back takes 100 to 200 us, and the copy and the fresh memory that come with it as
 * much again for each MiB; but it leaves the event loop free. So work goes to a thread when that gets more
 * done, or else when doing it here would hold up the event loop for about half a millisecond:
 * bench/pool/inline.bench.ts.
 *
 * @module
 */
import type { EngineName } from '../engine/engine.js'

const KIB = 1024
const MIB = 1024 * 1024

interface Sizes {
  /** Plain bytes to be sealed. */
  readonly seal: number
  /** Sealed bytes to be opened. */
  readonly open: number
  /** Keys to be wrapped or unwrapped. */
  readonly wraps: number
}

const INLINE_BELOW: Readonly<Record<EngineName, Sizes>> = {
  native: { seal: 4 * MIB, open: MIB, wraps: 1024 },
  node: { seal: MIB, open: MIB, wraps: 64 },
  wasm: { seal: 128 * KIB, open: 128 * KIB, wraps: 256 },
}
/** Plain bytes to be compressed. */
const GZIP_INLINE_BELOW = 64 * KIB
/** Compressed bytes to be unpacked, which become several times as many. */
const GUNZIP_INLINE_BELOW = 64 * KIB

export function sealsInline(
  engine: EngineName,
  plainBytes: number,
  isCompressed: boolean,
): boolean {
  return plainBytes < (isCompressed ? GZIP_INLINE_BELOW : INLINE_BELOW[engine].seal)
}

export function opensInline(
  engine: EngineName,
  sealedBytes: number,
  isCompressed: boolean,
): boolean {
  return (
    sealedBytes < Math.min(INLINE_BELOW[engine].open, isCompressed ? GUNZIP_INLINE_BELOW : Infinity)
  )
}

export function wrapsInline(engine: EngineName, count: number): boolean {
  return count < INLINE_BELOW[engine].wraps
}

export function compressesInline(plainBytes: number): boolean {
  return plainBytes < GZIP_INLINE_BELOW
}
