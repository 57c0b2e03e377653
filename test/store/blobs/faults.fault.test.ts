import { readdirSync, readlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Blobs } from '../../../src/store/blobs/blobs.js'
import { openBlobs } from '../../../src/store/blobs/open-blobs.js'
import { temporaryDirs } from '../temporary.js'
import { type FaultKind, FaultyDisk } from './faulty-disk.js'
import { bytesOf, dataDirIn, expectSame, filesIn, ModelRows, piecesOf, readAll } from './support.js'

const newDir = temporaryDirs('blob-faults')
const SIZES = [100, 300_000]

/** Puts, replaces and removes; gives the codes of what was refused. */
async function work(blobs: Blobs, rows: ModelRows, wanted: Map<string, Buffer>): Promise<string[]> {
  const refused: string[] = []
  const put = async (name: string, bytes: Buffer, isStream: boolean) => {
    try {
      const ref = isStream
        ? (await blobs.putStream(piecesOf(bytes, 9000))).ref
        : await blobs.put(bytes)
      await rows.name(blobs, name, ref)
      wanted.set(name, bytes)
    } catch (error) {
      refused.push((error as { code: string }).code)
    }
  }
  for (const [i, size] of SIZES.entries()) await put(`${i}`, bytesOf(size, `first ${i}`), i % 2 > 0)
  await Promise.all(
    SIZES.map((size, i) => put(`together ${i}`, bytesOf(size, `together ${i}`), false)),
  )
  await rows.drop(blobs, '1')
  wanted.delete('1')
  await put('0', bytesOf(200, 'again'), false)
  await put('1', bytesOf(150_000, 'again'), true)
  return refused
}

async function expectAll(blobs: Blobs, rows: ModelRows, wanted: Map<string, Buffer>) {
  expect([...rows.refs.keys()].sort()).toEqual([...wanted.keys()].sort())
  for (const [name, ref] of rows.refs) expectSame(await readAll(blobs, ref), wanted.get(name)!)
}

/** True when the fault was met. */
async function runWith(kind: FaultKind, at: number, times: number): Promise<boolean> {
  const dataDir = dataDirIn(newDir())
  const rows = new ModelRows()
  const wanted = new Map<string, Buffer>()
  // A life before, so that there is a pack to go on with.
  const before = await openBlobs(dataDir)
  await rows.put(before, 'before', bytesOf(50, 'before'))
  wanted.set('before', bytesOf(50, 'before'))
  await before.close()

  const disk = new FaultyDisk()
  disk.fail(kind, { at, times })
  const opened = await openBlobs(dataDir, disk).catch((error) => error)
  if (opened instanceof Error) {
    expect(opened).toMatchObject({ code: 'StoreFailed' })
  } else {
    const blobs = opened as Blobs
    blobs.tend(rows)
    await blobs.tended()
    const refused = await work(blobs, rows, wanted)
    expect(refused.filter((code) => code !== 'StoreFailed')).toEqual([])
    if (kind === 'short') expect(refused).toEqual([])
    disk.mend()
    await expectAll(blobs, rows, wanted)
    // It goes on.
    await rows.put(blobs, 'later', bytesOf(700, 'later'))
    await rows.put(blobs, 'later, large', bytesOf(100_000, 'later'))
    wanted.set('later', bytesOf(700, 'later'))
    wanted.set('later, large', bytesOf(100_000, 'later'))
    await expectAll(blobs, rows, wanted)
    await blobs.close()
  }
  const again = await openBlobs(dataDir)
  again.tend(rows)
  await again.tended()
  await expectAll(again, rows, wanted)
  await again.close()
  const files = filesIn(dataDir).filter((file) => !file.startsWith('packs/'))
  expect(files).toHaveLength([...rows.refs.values()].filter((ref) => ref[0] === 'f').length)
  return disk.faults > 0
}

describe('blobs on a disk that fails', () => {
  it.each([
    ['EIO', 1, 1],
    ['ENOSPC', 20, 7],
    ['short', 1000, 1000],
  ] as const)(
    'keep what was acknowledged and go on, whichever call fails with %s, %i times',
    async (kind, times, step) => {
      let at = 1
      while (await runWith(kind, at, times)) at += step
      expect(at).toBeGreaterThan(kind === 'short' ? 1 : 40)
    },
  )

  it('never take a sync that failed for one that came late: what was in the batch fails, in a pack of its own', async () => {
    const dataDir = dataDirIn(newDir())
    const disk = new FaultyDisk()
    const blobs = await openBlobs(dataDir, disk)
    const first = await blobs.put(bytesOf(10, 'a'))
    disk.fail('EIO', { at: 1, only: 'sync' })
    const batch = await Promise.allSettled([
      blobs.put(bytesOf(10, 'b')),
      blobs.put(bytesOf(10, 'c')),
    ])
    for (const one of batch) expect(one).toMatchObject({ reason: { code: 'StoreFailed' } })
    const later = await blobs.put(bytesOf(10, 'd'))
    expect(later.split('-')[1]).not.toBe(first.split('-')[1])
    expectSame(await readAll(blobs, first), bytesOf(10, 'a'))
    expectSame(await readAll(blobs, later), bytesOf(10, 'd'))
    await blobs.close()
  })

  it('leave no pack behind for each put that found no room', async () => {
    const dataDir = dataDirIn(newDir())
    const disk = new FaultyDisk()
    const blobs = await openBlobs(dataDir, disk)
    for (const only of ['write', 'sync']) {
      disk.fail('ENOSPC', { at: 1, times: 1000, only })
      for (let i = 0; i < 10; i++) {
        await expect(blobs.put(bytesOf(10, 'b'))).rejects.toMatchObject({ code: 'StoreFailed' })
        await expect(blobs.put(bytesOf(99_999, 'b'))).rejects.toMatchObject({ code: 'StoreFailed' })
      }
      expect(filesIn(dataDir).length).toBeLessThanOrEqual(1)
    }
    disk.mend()
    expectSame(await readAll(blobs, await blobs.put(bytesOf(10, 'b'))), bytesOf(10, 'b'))
    await blobs.close()
  })

  it('tell a disk that cannot be read apart from damage', async () => {
    const disk = new FaultyDisk()
    const blobs = await openBlobs(dataDirIn(newDir()), disk)
    for (const size of [10, 100_000]) {
      const ref = await blobs.put(bytesOf(size, 'a'))
      disk.fail('EIO', { at: 1 })
      await expect(readAll(blobs, ref)).rejects.toMatchObject({ code: 'StoreFailed' })
      disk.fail('EIO', { at: 1, only: 'read' })
      await expect(readAll(blobs, ref)).rejects.toMatchObject({ code: 'StoreFailed' })
      disk.mend()
      expectSame(await readAll(blobs, ref), bytesOf(size, 'a'))
    }
    await blobs.close()
  })

  it('hold no descriptor of what is done with', async () => {
    const dataDir = dataDirIn(newDir())
    const held = () =>
      (process.platform === 'linux' ? readdirSync('/proc/self/fd') : []).filter((name) => {
        try {
          return readlinkSync(`/proc/self/fd/${name}`).startsWith(dataDir)
        } catch {
          return false
        }
      })
    const disk = new FaultyDisk()
    const blobs = await openBlobs(dataDir, disk)
    for (let at = 1; at < 30; at++) {
      disk.fail('EIO', { at })
      const puts = [blobs.put(bytesOf(10, 'a')), blobs.put(bytesOf(100_000, 'a'))]
      await Promise.allSettled(puts.map((put) => put.then((ref) => readAll(blobs, ref))))
    }
    await blobs.close()
    await expect.poll(held).toEqual([])
  })
})
