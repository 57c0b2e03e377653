/**
 * libdeflate in the Rust addon, once it has given known answers on this thread.
 *
 * Where it does not load, or answers wrongly, node:zlib does the work: slower, and to the same end. What is asked
 * of it is in gzip.ts and gunzip.ts.
 *
 * @module
 */
import { type Addon, GZIP_DAMAGED, loadAddon, TARGET_FULL } from '../engine/native/addon.js'

export type Libdeflate = Pick<Addon, 'gzipBound' | 'gzip' | 'gzipStill' | 'gunzip'>

const LEVEL = 5
const PLAIN = Buffer.from('one event, one event, one more event')
const MEMBER = Buffer.from(
  '1f8b08000000000002ffcbcf4b55482d4bcd2bd151c84765e6e61741f90092beb37424000000',
  'hex',
)

const TESTS: Readonly<Record<keyof Libdeflate, (addon: Libdeflate) => boolean>> = {
  gzipBound: (addon) => addon.gzipBound(PLAIN.length) >= PLAIN.length + 18,
  gzip(addon) {
    const room = new Uint8Array(addon.gzipBound(PLAIN.length))
    const size = addon.gzip(PLAIN, LEVEL, room)
    const plain = new Uint8Array(PLAIN.length)
    const isPacked = size > 0 && size < PLAIN.length + 18
    return (
      isPacked &&
      addon.gunzip(room.subarray(0, size), plain) === plain.length &&
      PLAIN.equals(plain) &&
      addon.gzip(PLAIN, LEVEL, room.subarray(0, size - 1)) === TARGET_FULL
    )
  },
  gzipStill(addon) {
    const [still, other] = [0, 1].map(() => new Uint8Array(addon.gzipBound(PLAIN.length)))
    const size = addon.gzip(PLAIN, LEVEL, other!)
    return addon.gzipStill?.(PLAIN, LEVEL, still!) === size && Buffer.compare(still!, other!) === 0
  },
  gunzip(addon) {
    const plain = new Uint8Array(PLAIN.length)
    const isUnpacked = addon.gunzip(MEMBER, plain) === plain.length && PLAIN.equals(plain)
    const forged = Uint8Array.from(MEMBER)
    forged[MEMBER.length - 5]! ^= 1
    const target = new Uint8Array(PLAIN.length)
    const refusals = [
      addon.gunzip(forged, target),
      addon.gunzip(MEMBER.subarray(0, -1), target),
      addon.gunzip(Buffer.concat([MEMBER, MEMBER]), target),
    ]
    const isFull = addon.gunzip(MEMBER, target.subarray(1)) === TARGET_FULL
    return isUnpacked && isFull && refusals.every((answer) => answer === GZIP_DAMAGED)
  },
}

let tested: { readonly addon: Libdeflate | undefined } | undefined

/** Undefined where node:zlib has to do. */
export function libdeflate(): Libdeflate | undefined {
  tested ??= { addon: trusted(loadAddon()) }
  return tested.addon
}

/** `addon`, if it passes. */
export function trusted(addon: Libdeflate | undefined): Libdeflate | undefined {
  if (addon === undefined) return undefined
  return Object.values(TESTS).every((passes) => passes(addon)) ? addon : undefined
}
