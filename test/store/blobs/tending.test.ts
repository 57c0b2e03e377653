import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Blobs } from '../../../src/store/blobs/blobs.js'
import { openBlobs } from '../../../src/store/blobs/open-blobs.js'
import { temporaryDirs } from '../temporary.js'
import { bytesOf, dataDirIn, expectSame, filesIn, ModelRows, readAll } from './support.js'

const newDir = temporaryDirs('tending')
const opened: Blobs[] = []

async function open(dataDir: string): Promise<Blobs> {
  const blobs = await openBlobs(dataDir)
  opened.push(blobs)
  return blobs
}

afterEach(async () => {
  for (const blobs of opened.splice(0)) await blobs.close()
})

/** Each is in a pack of its own, closed. */
async function packsOf(dataDir: string, rows: ModelRows, packs: string[][]): Promise<void> {
  for (const names of packs) {
    const blobs = await openBlobs(dataDir)
    // What cannot be gone on with is left as it is: the next pack begins.
    const last = filesIn(dataDir)
      .filter((file) => file.startsWith('packs/'))
      .at(-1)
    const path = last && join(dataDir, 'objects', last)
    const bytes = path && readFileSync(path)
    if (path) writeFileSync(path, 'no pack')
    await Promise.all(names.map((name) => rows.put(blobs, name, bytesOf(1000, name))))
    await blobs.close()
    if (path) writeFileSync(path, bytes!)
  }
}

async function expectAll(blobs: Blobs, rows: ModelRows): Promise<void> {
  for (const [name, ref] of rows.refs) expectSame(await readAll(blobs, ref), bytesOf(1000, name))
}

const ten = (letter: string) => Array.from({ length: 10 }, (_, i) => `${letter}${i}`)

describe('a sweep', () => {
  it('removes files that no row names and what was not written to its end, and no others', async () => {
    const dataDir = dataDirIn(newDir())
    const rows = new ModelRows()
    const first = await open(dataDir)
    await rows.put(first, 'named', bytesOf(100_000, 'named'))
    await first.put(bytesOf(100_000, 'nobody’s'))
    await first.close()
    const left = join(dataDir, 'objects/uploads', '0'.repeat(32))
    writeFileSync(left, 'some')
    expect(filesIn(dataDir)).toHaveLength(3)
    const blobs = await open(dataDir)
    blobs.tend(rows)
    await blobs.tended()
    expect(filesIn(dataDir)).toHaveLength(1)
    expectSame(await readAll(blobs, rows.refs.get('named')!), bytesOf(100_000, 'named'))
  })

  it('leaves what this process has given out, or is writing, until it is settled', async () => {
    const dataDir = dataDirIn(newDir())
    const rows = new ModelRows()
    const blobs = await open(dataDir)
    let goOn = () => undefined as unknown
    async function* slow() {
      yield bytesOf(100_000, 'slow')
      await new Promise((resolve) => {
        goOn = () => resolve(undefined)
      })
    }
    const slowly = blobs.putStream(slow())
    const given = await blobs.put(bytesOf(100_000, 'given'))
    blobs.tend(rows)
    await blobs.tended()
    goOn()
    expectSame(await readAll(blobs, (await slowly).ref), bytesOf(100_000, 'slow'))
    expectSame(await readAll(blobs, given), bytesOf(100_000, 'given'))
  })
})

describe('a pack', () => {
  it('that no row names anything in goes after the next start', async () => {
    const dataDir = dataDirIn(newDir())
    const rows = new ModelRows()
    await packsOf(dataDir, rows, [ten('a'), ten('b'), ten('c')])
    for (const name of ten('a')) rows.refs.delete(name)
    const blobs = await open(dataDir)
    blobs.tend(rows)
    await blobs.tended()
    expect(filesIn(dataDir)).toHaveLength(2)
    await expectAll(blobs, rows)
  })

  it('of which less than half is named is written again elsewhere, and goes', async () => {
    const dataDir = dataDirIn(newDir())
    const rows = new ModelRows()
    await packsOf(dataDir, rows, [ten('a'), ten('b'), ten('c')])
    const blobs = await open(dataDir)
    blobs.tend(rows)
    await blobs.tended()
    expect(filesIn(dataDir)).toHaveLength(3)
    const [before] = [...rows.refs.values()]
    const reader = await blobs.open(before!)
    for (const name of ten('a').slice(4)) await rows.drop(blobs, name)
    await blobs.tended()
    expect(filesIn(dataDir)).toHaveLength(2)
    expect(rows.refs.size).toBe(24)
    await expectAll(blobs, rows)
    expectSame(await reader.read(0, 1000), bytesOf(1000, 'a0'))
    await expect(blobs.open(before!)).rejects.toMatchObject({ code: 'ObjectDamaged' })
  })

  it('stays while something in it was given out and is not settled', async () => {
    const dataDir = dataDirIn(newDir())
    const rows = new ModelRows()
    const blobs = await open(dataDir)
    blobs.tend(rows)
    // Enough for a pack to be closed.
    const big = bytesOf(70_000, 'big')
    const refs = await Promise.all(Array.from({ length: 260 }, () => blobs.put(big)))
    const [held, ...others] = refs
    await blobs.remove(others)
    await blobs.tended()
    expectSame(await readAll(blobs, held!), big)
    rows.refs.set('held', held!)
    blobs.settle([held!])
    await blobs.tended()
    expect(rows.refs.get('held')).not.toBe(held)
    expectSame(await readAll(blobs, rows.refs.get('held')!), big)
    expect(filesIn(dataDir)).toHaveLength(1)
  })

  it('with a record that is damaged stays, and so do its other records', async () => {
    const dataDir = dataDirIn(newDir())
    const rows = new ModelRows()
    await packsOf(dataDir, rows, [ten('a'), ten('b')])
    const path = join(dataDir, 'objects', filesIn(dataDir).find((file) => /packs\/1-/.test(file))!)
    const bytes = readFileSync(path)
    bytes[100]! ^= 1
    writeFileSync(path, bytes)
    const blobs = await open(dataDir)
    for (const name of ten('a').slice(3)) rows.refs.delete(name)
    blobs.tend(rows)
    await blobs.tended()
    expect(existsSync(path)).toBe(true)
    const damaged = rows.refs.get('a0')!
    await expect(blobs.open(damaged)).rejects.toMatchObject({ code: 'ObjectDamaged' })
    rows.refs.delete('a0')
    await expectAll(blobs, rows)
  })

  it('stays when its rows cannot be changed', async () => {
    const dataDir = dataDirIn(newDir())
    const rows = new ModelRows()
    await packsOf(dataDir, rows, [ten('a'), ten('b')])
    for (const name of ten('a').slice(3)) rows.refs.delete(name)
    rows.move = () => Promise.reject(new Error('the store is broken'))
    const blobs = await open(dataDir)
    blobs.tend(rows)
    await blobs.tended()
    expect(filesIn(dataDir)).toHaveLength(2)
    await expectAll(blobs, rows)
  })

  it('is put into elsewhere when a row changes while it moves', async () => {
    const dataDir = dataDirIn(newDir())
    const rows = new ModelRows()
    await packsOf(dataDir, rows, [ten('a'), ten('b')])
    for (const name of ten('a').slice(3)) rows.refs.delete(name)
    const blobs = await open(dataDir)
    const move = rows.move.bind(rows)
    rows.move = async (from, to) => {
      if (from === rows.refs.get('a0')) rows.refs.delete('a0')
      return await move(from, to)
    }
    blobs.tend(rows)
    await blobs.tended()
    expect(filesIn(dataDir)).toHaveLength(1)
    expect(rows.refs.has('a0')).toBe(false)
    await expectAll(blobs, rows)
  })
})
