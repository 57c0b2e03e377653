/**
 * One place of a shred file.
 *
 *     | shrd 4 | version 1 | 0 0 0 | id 16 | bytes 4 | bytes … 160 | 0 … | CRC-32 4 |        256 bytes
 *
 * A slot of zeros is free: it never held anything, or what it held has been erased. Slots do not cross sectors, so that
 * a write that is cut short leaves the old or the new one, or one whose CRC-32 says that it is neither.
 * Source: docs/FORMAT.md §5.5.
 *
 * @module
 */
import { crc32 } from 'node:zlib'
import { invariant } from '../../invariant.js'

export const SLOT_BYTES = 256
/** What a slot has room for. */
export const SHRED_BYTES_MAX = 160
const MAGIC = Buffer.from('shrd', 'latin1')
const VERSION = 1
const ID_OFFSET = 8
const ID_BYTES = 16
const LENGTH_OFFSET = 24
const BYTES_OFFSET = 28
const CRC_OFFSET = 252

export interface Shred {
  /** 32 hex digits. */
  readonly id: string
  readonly bytes: Buffer
}

export function encodeSlot({ id, bytes }: { id: string; bytes: Uint8Array }): Buffer {
  invariant(bytes.length <= SHRED_BYTES_MAX, 'a shred fits into its slot')
  const slot = Buffer.alloc(SLOT_BYTES)
  MAGIC.copy(slot)
  slot[4] = VERSION
  invariant(slot.write(id, ID_OFFSET, ID_BYTES, 'hex') === ID_BYTES, 'an id is 32 hex digits')
  slot.writeUInt32BE(bytes.length, LENGTH_OFFSET)
  slot.set(bytes, BYTES_OFFSET)
  slot.writeUInt32BE(crc32(slot.subarray(0, CRC_OFFSET)), CRC_OFFSET)
  return slot
}

/** Undefined when the slot is free, or not as it was written. */
export function decodeSlot(slot: Buffer): Shred | undefined {
  if (!slot.subarray(0, MAGIC.length).equals(MAGIC) || slot[4] !== VERSION) return undefined
  if (crc32(slot.subarray(0, CRC_OFFSET)) !== slot.readUInt32BE(CRC_OFFSET)) return undefined
  const length = slot.readUInt32BE(LENGTH_OFFSET)
  if (length > SHRED_BYTES_MAX) return undefined
  return {
    id: slot.toString('hex', ID_OFFSET, ID_OFFSET + ID_BYTES),
    bytes: Buffer.from(slot.subarray(BYTES_OFFSET, BYTES_OFFSET + length)),
  }
}
