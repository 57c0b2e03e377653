/** What `sealtrail fsck` says of the bytes of objects. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openBlobs } from '../../../src/store/blobs/open-blobs.js'
import { inspect } from '../../../src/store/fsck/fsck.js'
import { openStore } from '../../../src/store/store.js'
import { versionRow } from '../suite.js'
import { temporaryDirs } from '../temporary.js'
import { bytesOf, filesIn } from './support.js'

const newDir = temporaryDirs('inspect-blobs')

/** Two small objects and a large one; and, when `isClosed` is false, as a kill leaves it. */
async function filled(isClosed = true): Promise<{ dataDir: string; refs: string[] }> {
  const dataDir = newDir()
  const store = await openStore({ dataDir })
  const blobs = await openBlobs(dataDir)
  const refs = [
    await blobs.put(bytesOf(100, 'a')),
    await blobs.put(bytesOf(200, 'b')),
    await blobs.put(bytesOf(100_000, 'c')),
  ]
  for (const [i, blob] of refs.entries()) {
    await store.commit({ changes: [{ put: 's3_version', row: { ...versionRow(`${i}`), blob } }] })
  }
  const copy = newDir()
  if (!isClosed) cpSync(dataDir, copy, { recursive: true })
  await blobs.close()
  await store.close()
  return { dataDir: isClosed ? dataDir : copy, refs }
}

function flip(dataDir: string, file: RegExp, at: number): string {
  const path = join(dataDir, 'objects', filesIn(dataDir).find((name) => file.test(name))!)
  const bytes = readFileSync(path)
  bytes[at]! ^= 4
  writeFileSync(path, bytes)
  return path
}

describe('the inspection of blobs', () => {
  it('finds nothing wrong with those that were put, closed or not', async () => {
    for (const isClosed of [true, false]) {
      const { dataDir } = await filled(isClosed)
      const before = filesIn(dataDir).map((file) => readFileSync(join(dataDir, 'objects', file)))
      const { damage, price, blobs } = inspect(dataDir)
      expect({ damage, price }).toEqual({ damage: [], price: undefined })
      expect(blobs).toEqual({ named: 3, upstream: 0, damage: [], unnamed: [] })
      const after = filesIn(dataDir).map((file) => readFileSync(join(dataDir, 'objects', file)))
      expect(Buffer.concat(after).equals(Buffer.concat(before))).toBe(true)
    }
  })

  it('names a record that is damaged, and no other of its pack', async () => {
    const { dataDir, refs } = await filled()
    const file = flip(dataDir, /^packs/, 64 + 12 + 50)
    const reason = `${refs[0]} is not as it was written`
    expect(inspect(dataDir).blobs?.damage).toEqual([{ file, offset: 64, reason }])
  })

  it('names a file that is damaged, short or missing', async () => {
    const { dataDir } = await filled()
    const file = flip(dataDir, /^files/, 77_777)
    const reason = 'it is not as it was written'
    expect(inspect(dataDir).blobs?.damage).toEqual([{ file, offset: 0, reason }])
    writeFileSync(file, bytesOf(100_000, 'c'))
    const short = { file, offset: 100_000, reason: 'it has 100000 bytes, and should have 100016' }
    expect(inspect(dataDir).blobs?.damage).toEqual([short])
    rmSync(file)
    expect(inspect(dataDir).blobs?.damage).toEqual([{ file, reason: 'the file is missing' }])
  })

  it('names a pack that is missing, with what it holds', async () => {
    const { dataDir } = await filled()
    const file = flip(dataDir, /^packs/, 0)
    rmSync(file)
    const reason = 'the file is missing, with 2 blobs'
    expect(inspect(dataDir).blobs?.damage).toEqual([{ file, reason }])
  })

  it('lists files that no row names', async () => {
    const { dataDir } = await filled()
    const blobs = await openBlobs(dataDir)
    const ref = await blobs.put(bytesOf(100_000, 'nobody’s'))
    await blobs.close()
    const id = ref.split('-')[1]!
    const unnamed = [join(dataDir, 'objects/files', id.slice(0, 2), id)]
    expect(inspect(dataDir).blobs).toEqual({ named: 3, upstream: 0, damage: [], unnamed })
  })

  it('is not made where rows are in doubt', async () => {
    const { dataDir } = await filled()
    writeFileSync(join(dataDir, 'objects.sqlite'), 'no database')
    expect(inspect(dataDir).blobs).toBeUndefined()
  })
})
