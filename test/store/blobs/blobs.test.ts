import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { BlobRef, Blobs } from '../../../src/store/blobs/blobs.js'
import { SMALL_BYTES_MAX } from '../../../src/store/blobs/layout.js'
import { openBlobs } from '../../../src/store/blobs/open-blobs.js'
import { temporaryDirs } from '../temporary.js'
import { bytesOf, dataDirIn, expectSame, filesIn, piecesOf, readAll } from './support.js'

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

// Off-by-one errors live at nothing, at one byte, at where a pack ends and a file begins, and at a buffer's end.
const edges = [
  ...[0, 1, 7, 8, 4096, SMALL_BYTES_MAX - 1, SMALL_BYTES_MAX, SMALL_BYTES_MAX + 1],
  ...[256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 1024 * 1024 + 17],
]

describe('a blob', () => {
  it.each(edges)('of %i bytes comes back as it was put, also after another start', async (size) => {
    const dataDir = dataDirIn(newDir())
    const bytes = bytesOf(size, 'a')
    const first = await open(dataDir)
    const refs = [
      await first.put(bytes),
      (await first.putStream(piecesOf(bytes, 1000))).ref,
      (await first.putStream(piecesOf(bytes, size + 1))).ref,
    ]
    expect(new Set(refs).size).toBe(3)
    for (const ref of refs) expectSame(await readAll(first, ref), bytes)
    await first.close()
    const second = await open(dataDir)
    for (const ref of refs) expectSame(await readAll(second, ref), bytes)
  })

  it.each(edges)('of %i bytes is a record of a pack or a file, whoever gives it', async (size) => {
    const blobs = await open()
    const kind = size <= SMALL_BYTES_MAX ? 'p' : 'f'
    expect(await blobs.put(bytesOf(size, 'a'))).toMatch(new RegExp(`^${kind}-[a-z0-9-]{1,62}$`))
    const { ref, bytes } = await blobs.putStream(piecesOf(bytesOf(size, 'a'), 100_000))
    expect(ref[0]).toBe(kind)
    expect(bytes).toBe(size)
  })

  it.each([100, 300_000])(
    'of %i bytes is read at any place, and not beyond its end',
    async (size) => {
      const blobs = await open()
      const bytes = bytesOf(size, 'b')
      const reader = await blobs.open(await blobs.put(bytes))
      expect(reader.bytes).toBe(size)
      for (const [at, count] of [
        [0, 0],
        [0, 1],
        [17, 50],
        [size - 1, 1],
        [size, 0],
      ] as const) {
        expectSame(await reader.read(at, count), bytes.subarray(at, at + count))
      }
      await expect(reader.read(size - 1, 2)).rejects.toMatchObject({ code: 'ObjectDamaged' })
      await reader.close()
      await reader.close()
    },
  )

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

  it.each(['', 'p', 'p-1-aaaaaa-1s', 'p-0-aaaaaa-1s-1', 'f-../../etc/passwd-1', 'f-00-1', 'x-1'])(
    'is not found under %j, which is no ref',
    async (ref) => {
      const blobs = await open()
      await expect(blobs.open(ref)).rejects.toMatchObject({ code: 'ObjectDamaged' })
    },
  )

  it('is not found in a pack or a file that is not there', async () => {
    const blobs = await open()
    for (const ref of ['p-1-aaaaaa-1s-1', `f-${'0'.repeat(32)}-1`]) {
      await expect(blobs.open(ref)).rejects.toMatchObject({ code: 'ObjectDamaged' })
    }
  })
})

describe('blobs put together', () => {
  it('are each whole, in the order in which they were put', async () => {
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

  it('of many megabytes are more than one batch', async () => {
    const blobs = await open()
    const all = Array.from({ length: 150 }, (_, i) => bytesOf(SMALL_BYTES_MAX, String(i)))
    const refs = await Promise.all(all.map((bytes) => blobs.put(bytes)))
    for (const [i, ref] of refs.entries()) expectSame(await readAll(blobs, ref), all[i]!)
  })
})

describe('a stream that fails', () => {
  it.each([100, 1_000_000])(
    'after %i bytes fails the put with its own error, and leaves nothing',
    async (size) => {
      const dataDir = dataDirIn(newDir())
      const blobs = await open(dataDir)
      const reason = new Error('the sender went away')
      async function* pieces() {
        yield* piecesOf(bytesOf(size, 'a'), 50_000)
        throw reason
      }
      await expect(blobs.putStream(pieces())).rejects.toBe(reason)
      expect(filesIn(dataDir)).toEqual([])
    },
  )

  it('is asked for no more than what is being written', async () => {
    const blobs = await open()
    let asked = 0
    let isAsked = false
    async function* pieces() {
      for (; asked < 100; asked++) {
        expect(isAsked).toBe(false)
        isAsked = true
        yield Buffer.alloc(10_000, asked)
        isAsked = false
      }
    }
    const { ref } = await blobs.putStream(pieces())
    const all = await readAll(blobs, ref)
    expectSame(all, Buffer.concat(Array.from({ length: 100 }, (_, i) => Buffer.alloc(10_000, i))))
  })

  it('may use the memory of a piece again', async () => {
    const blobs = await open()
    async function* pieces() {
      const piece = Buffer.alloc(1000)
      for (let i = 0; i < 300; i++) yield piece.fill(i)
    }
    const all = await readAll(blobs, (await blobs.putStream(pieces())).ref)
    expectSame(all, Buffer.concat(Array.from({ length: 300 }, (_, i) => Buffer.alloc(1000, i))))
  })
})

describe('a removed blob', () => {
  it.each([100, 100_000])('of %i bytes is read to its end by who has it open', async (size) => {
    const blobs = await open()
    const ref = await blobs.put(bytesOf(size, 'a'))
    const reader = await blobs.open(ref)
    await blobs.remove([ref])
    await blobs.remove([ref])
    expectSame(await reader.read(0, size), bytesOf(size, 'a'))
    await reader.close()
  })

  it('with a file of its own is not there any more', async () => {
    const dataDir = dataDirIn(newDir())
    const blobs = await open(dataDir)
    const ref = await blobs.put(bytesOf(100_000, 'a'))
    await blobs.remove([ref])
    await expect(blobs.open(ref)).rejects.toMatchObject({ code: 'ObjectDamaged' })
    expect(filesIn(dataDir)).toEqual([])
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

describe('closed blobs', () => {
  it('take and give nothing more, and have written what was in line', async () => {
    const dataDir = dataDirIn(newDir())
    const blobs = await open(dataDir)
    const puts = Array.from({ length: 50 }, (_, i) => blobs.put(bytesOf(i * 3000, String(i))))
    await Promise.all([blobs.close(), blobs.close()])
    const refs = await Promise.all(puts)
    await expect(blobs.put(bytesOf(1, 'a'))).rejects.toMatchObject({ code: 'Closed' })
    await expect(blobs.open(refs[0]!)).rejects.toMatchObject({ code: 'Closed' })
    const again = await open(dataDir)
    for (const [i, ref] of refs.entries()) {
      expectSame(await readAll(again, ref), bytesOf(i * 3000, String(i)))
    }
  })
})
