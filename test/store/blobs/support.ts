/**
 * Bytes to put, and how to look at what became of them.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect } from 'vitest'
import type { BlobRef, BlobRows, Blobs } from '../../../src/store/blobs/blobs.js'

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

/** Rows as a house has them, each with one blob; a put is named and settled as a house does it. */
export class ModelRows implements BlobRows {
  readonly refs = new Map<string, BlobRef>()

  async put(blobs: Blobs, name: string, bytes: Uint8Array): Promise<void> {
    await this.name(blobs, name, await blobs.put(bytes))
  }

  async name(blobs: Blobs, name: string, ref: BlobRef): Promise<void> {
    const before = this.refs.get(name)
    this.refs.set(name, ref)
    blobs.settle([ref])
    if (before !== undefined) await blobs.remove([before])
  }

  async drop(blobs: Blobs, name: string): Promise<void> {
    const before = this.refs.get(name)
    this.refs.delete(name)
    if (before !== undefined) await blobs.remove([before])
  }

  async named(after: BlobRef, before: BlobRef, limit: number): Promise<BlobRef[]> {
    const between = [...this.refs.values()].filter((ref) => ref > after && ref < before)
    return between.sort((a, b) => (a < b ? -1 : 1)).slice(0, limit)
  }

  async move(from: BlobRef, to: BlobRef): Promise<boolean> {
    const [name] = [...this.refs].find(([, ref]) => ref === from) ?? []
    if (name !== undefined) this.refs.set(name, to)
    return name !== undefined
  }
}
