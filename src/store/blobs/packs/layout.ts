/**
 * What the files of blobs look like, byte for byte.
 *
 *     | sealpack 8 | version 4 | name 48 | CRC-32 4 | record | record | … | zeros            a pack
 *                                                   | BLOB 4 | bytes 4 | CRC-32 4 | the blob | . | zeros up to 8 |
 *     | the blob | sealfile 8 | version 4 | CRC-32 4 |                                       a file of its own
 *
 * The CRC-32 is over blob and ref, so that a record in another's place is found too. No I/O. Source: docs/FORMAT.md §10.
 *
 * @module
 */
import { crc32 } from 'node:zlib'

/** Larger ones have a file of their own: 64 KiB, and what sealing adds. */
export const SMALL_BYTES_MAX = 72 * 1024
/** A record that would end behind this begins the next pack. */
export const PACK_BYTES_MAX = 256 * 1024 * 1024
export const PACK_HEAD_BYTES = 64
export const RECORD_HEAD_BYTES = 12
export const FOOT_BYTES = 16
const ALIGNMENT = 8
const VERSION = 1
const PACK_MAGIC = Buffer.from('sealpack', 'latin1')
const RECORD_MAGIC = Buffer.from('BLOB', 'latin1')
const FILE_MAGIC = Buffer.from('sealfile', 'latin1')
/** Not zero: behind the last byte that is not, there is no record. */
const RECORD_END = '.'.charCodeAt(0)
const NAME_OFFSET = 12
const HEAD_CRC_OFFSET = 60

/** @param blobChecksum CRC-32 of the blob's bytes */
export function checksumWith(blobChecksum: number, ref: string): number {
  return crc32(ref, blobChecksum)
}

/** Where the next record may begin, at or behind `offset`. */
export function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT
}

export function recordBytes(blobBytes: number): number {
  return aligned(RECORD_HEAD_BYTES + blobBytes + 1)
}

export function packHead(name: string): Buffer {
  const head = Buffer.alloc(PACK_HEAD_BYTES)
  PACK_MAGIC.copy(head)
  head.writeUInt32BE(VERSION, PACK_MAGIC.length)
  head.write(name, NAME_OFFSET, 'latin1')
  head.writeUInt32BE(crc32(head.subarray(0, HEAD_CRC_OFFSET)), HEAD_CRC_OFFSET)
  return head
}

/** Writes the record of `blob` into zeros, at `at`. */
export function writeRecord(target: Buffer, at: number, ref: string, blob: Uint8Array): void {
  RECORD_MAGIC.copy(target, at)
  target.writeUInt32BE(blob.length, at + 4)
  target.writeUInt32BE(checksumWith(crc32(blob), ref), at + 8)
  target.set(blob, at + RECORD_HEAD_BYTES)
  target[at + RECORD_HEAD_BYTES + blob.length] = RECORD_END
}

/** The blob of a record, a view; undefined when it is not the one that `ref` names, as it was written. */
export function readRecord(record: Buffer, ref: string, blobBytes: number): Buffer | undefined {
  const end = RECORD_HEAD_BYTES + blobBytes
  if (record.length <= end || record[end] !== RECORD_END) return undefined
  if (!record.subarray(0, RECORD_MAGIC.length).equals(RECORD_MAGIC)) return undefined
  if (record.readUInt32BE(4) !== blobBytes) return undefined
  const blob = record.subarray(RECORD_HEAD_BYTES, end)
  return checksumWith(crc32(blob), ref) === record.readUInt32BE(8) ? blob : undefined
}

/** @param checksum of blob and ref */
export function fileFoot(checksum: number): Buffer {
  const foot = Buffer.alloc(FOOT_BYTES)
  FILE_MAGIC.copy(foot)
  foot.writeUInt32BE(VERSION, FILE_MAGIC.length)
  foot.writeUInt32BE(checksum, FILE_MAGIC.length + 4)
  return foot
}
