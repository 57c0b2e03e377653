/**
 * Bytes to put, and how to look at what became of them.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect } from 'vitest'
import type { BlobRef, Blobs } from '../../../src/store/blobs/blobs.js'

/** `size` bytes that belong to `name` and to no other. */
export function bytesOf(size: number, name: string): Buffer {
  const block = createHash('sha512').update(name).digest()
  return Buffer.alloc(size, block)
}

export async function* piecesOf(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
}

export async function readAll(blobs: Blobs, ref: BlobRef): Promise<Buffer> {
  const reader = await blobs.open(ref)
  try {
    return Buffer.from(await reader.read(0, reader.bytes))
  } finally {
    await reader.close()
  }
}

/** As toEqual says, which looks at each byte for itself. */
export function expectSame(bytes: Uint8Array, expected: Uint8Array): void {
  expect(bytes.length).toBe(expected.length)
  expect(Buffer.compare(bytes, expected)).toBe(0)
}

/** Blobs are opened in a directory that is there. */
export function dataDirIn(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return path
}

/** Paths below `objects`, sorted. */
export function filesIn(dataDir: string): string[] {
  const objects = join(dataDir, 'objects')
  return readdirSync(objects, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => relative(objects, join(item.parentPath, item.name)))
    .sort()
}
