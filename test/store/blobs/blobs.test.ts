import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { BlobRef, Blobs } from '../../../src/store/blobs/blobs.js'
import { openBlobs } from '../../../src/store/blobs/open-blobs.js'
import { temporaryDirs } from '../temporary.js'
import { blobsSuite } from './suite.js'
import { bytesOf, dataDirIn, expectSame, filesIn, readAll } from './support.js'

const newDir = temporaryDirs('blobs')
const opened: Blobs[] = []

async function open(dataDir = dataDirIn(newDir())): Promise<Blobs> {
  const blobs = await openBlobs(dataDir)
  opened.push(blobs)
  return blobs
}

afterEach(async () => {
  for (const blobs of opened.splice(0)) await blobs.close()
})

blobsSuite({
  async newSite() {
    const dataDir = dataDirIn(newDir())
    const named = async (start: string) => filesIn(dataDir).filter((file) => file.startsWith(start))
    return {
      open: () => openBlobs(dataDir),
      packs: () => named('packs/'),
      // What is being written lies beside them.
      files: async () => [...(await named('files/')), ...(await named('uploads/'))],
    }
  },
  ...{ small: 'p', large: 'f', runs: 40 },
  edges: [256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 1024 * 1024 + 17],
  strangers: [
    ...['', 'p', 'p-1-aaaaaa-1s', 'p-0-aaaaaa-1s-1', 'f-../../etc/passwd-1', 'f-00-1', 'x-1'],
    ...['p-1-aaaaaa-1s-1', `f-${'0'.repeat(32)}-1`],
  ],
})

describe('a blob', () => {
  it('that ends in zeros is not written over after a start that nobody had closed before', async () => {
    const dataDir = dataDirIn(newDir())
    const zeros = Buffer.alloc(1000)
    const killed = await openBlobs(dataDir)
    const first = await killed.put(zeros)
    const blobs = await open(dataDir)
    const second = await blobs.put(bytesOf(1000, 'c'))
    expectSame(await readAll(blobs, first), zeros)
    expectSame(await readAll(blobs, second), bytesOf(1000, 'c'))
    await killed.close()
  })

  it('is the owner’s alone', async () => {
    const dataDir = dataDirIn(newDir())
    const blobs = await open(dataDir)
    await blobs.put(bytesOf(10, 'a'))
    await blobs.put(bytesOf(100_000, 'a'))
    const objects = join(dataDir, 'objects')
    for (const item of readdirSync(objects, { recursive: true, withFileTypes: true })) {
      const mode = statSync(join(item.parentPath, item.name)).mode & 0o777
      expect(mode).toBe(item.isDirectory() ? 0o700 : 0o600)
    }
  })
})

describe('blobs put together', () => {
  it('are there, in the order in which they were put', async () => {
    const blobs = await open()
    const all = Array.from({ length: 2000 }, (_, i) => bytesOf(i % 700, String(i)))
    const done: number[] = []
    const refs = await Promise.all(
      all.map(async (bytes, i) => {
        const ref = await blobs.put(bytes)
        done.push(i)
        return ref
      }),
    )
    expect(done).toEqual(all.map((_, i) => i))
    expect(new Set(refs).size).toBe(all.length)
    for (const [i, ref] of refs.entries()) expectSame(await readAll(blobs, ref), all[i]!)
  })
})

describe('a damaged blob', () => {
  async function damaged(ref: BlobRef, dataDir: string, change: (bytes: Buffer) => Buffer) {
    const file = join(dataDir, 'objects', filesIn(dataDir)[0]!)
    writeFileSync(file, change(readFileSync(file)))
    const blobs = await open(dataDir)
    return await blobs.open(ref).then(
      () => undefined,
      (error) => error,
    )
  }

  async function closedWith(size: number): Promise<{ ref: BlobRef; dataDir: string }> {
    const dataDir = dataDirIn(newDir())
    const blobs = await openBlobs(dataDir)
    const ref = await blobs.put(bytesOf(size, 'a'))
    await blobs.close()
    return { ref, dataDir }
  }

  it('in a pack is refused, whichever of its bits is another one', async () => {
    const { ref, dataDir } = await closedWith(20)
    for (let at = 64; at < 64 + 12 + 20 + 1; at++) {
      const flip = (bytes: Buffer) => {
        bytes[at]! ^= 1 << (at % 8)
        return bytes
      }
      const error = await damaged(ref, dataDir, flip)
      expect(error, `byte ${at}`).toMatchObject({ code: 'ObjectDamaged', detail: { offset: 64 } })
      expect(error.detail.file).toContain(join(dataDir, 'objects', 'packs'))
      expect(await damaged(ref, dataDir, flip)).toBeUndefined()
    }
  })

  it.each([20, 100_000])('of %i bytes is refused when its file is short', async (size) => {
    const { ref, dataDir } = await closedWith(size)
    const error = await damaged(ref, dataDir, (bytes) => bytes.subarray(0, -10))
    expect(error).toMatchObject({ code: 'ObjectDamaged' })
  })

  it('is refused in the place of another of the same length', async () => {
    const dataDir = dataDirIn(newDir())
    const blobs = await open(dataDir)
    const [first] = await Promise.all([blobs.put(bytesOf(20, 'a')), blobs.put(bytesOf(20, 'b'))])
    const error = await damaged(first!, dataDir, (bytes) => {
      bytes.copy(bytes, 64, 64 + 40, 64 + 80)
      return bytes
    })
    expect(error).toMatchObject({ code: 'ObjectDamaged' })
  })
})
