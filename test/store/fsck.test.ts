import { createSecretKey } from 'node:crypto'
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, it } from 'vitest'
import { cutTo } from '../../src/store/fsck/cut.js'
import { inspect, repair } from '../../src/store/fsck/fsck.js'
import { inspectJournal } from '../../src/store/fsck/inspect-journal.js'
import { openStore } from '../../src/store/store.js'
import { fact, facts, record, records, version, versionRow, versions } from './suite.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('fsck')
const key = createSecretKey(Buffer.alloc(32, 5))
const SEGMENT = 'journal/000000000000001.seal'

/** Facts and records a, b, c, one block each. */
async function filled(): Promise<string> {
  const dataDir = newDir()
  const store = await openStore({ dataDir })
  await store.seal(key)
  for (const name of ['a', 'b', 'c']) {
    await store.commit({ changes: [fact(name)], records: [record(name)] })
  }
  await store.close()
  return dataDir
}

async function read(dataDir: string): Promise<{ facts: string[]; records: string[] }> {
  const store = await openStore({ dataDir })
  try {
    await store.seal(key)
    return { facts: await facts(store), records: (await records(store)).map((one) => one.record) }
  } finally {
    await store.close()
  }
}

/** Where a repair put the segment that it cut before `sequence`. */
function lostIn(dataDir: string, sequence: number): string {
  const names = readdirSync(join(dataDir, 'journal'))
  const lost = names.find((name) => name.startsWith(`lost-${sequence}-`))!
  return join(dataDir, 'journal', lost, SEGMENT.slice('journal/'.length))
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at]! ^= 4
  writeFileSync(path, bytes)
}

function loseMark(dataDir: string): void {
  rmSync(join(dataDir, 'journal/mark'))
}

function bytesIn(dataDir: string): Record<string, string> {
  const names = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).sort()
  const files = names.filter((name) => statSync(join(dataDir, name)).isFile())
  return Object.fromEntries(
    files.map((name) => [name, readFileSync(join(dataDir, name), 'base64')]),
  )
}

describe('fsck', () => {
  it('finds nothing wrong with what was closed well', async () => {
    const dataDir = await filled()
    const { damage, mended, price, journal } = inspect(dataDir)
    expect({ damage, mended, price }).toEqual({ damage: [], mended: [], price: undefined })
    expect([journal.records, journal.sound.sequence]).toEqual([3, 3])
  })

  it('refuses a directory that is none, and one that is in use', async () => {
    expect(() => inspect(newDir())).toThrow(/is no data directory of this version/)
    const dataDir = await filled()
    const store = await openStore({ dataDir })
    expect(() => inspect(dataDir)).toThrow(expect.objectContaining({ code: 'StoreInUse' }))
    await store.close()
  })

  it('tells what the next start mends apart from what it refuses', async () => {
    const dataDir = await filled()
    flip(join(dataDir, 'sealtrail.sqlite'), 100)
    const { damage, mended } = inspect(dataDir)
    expect(damage).toEqual([])
    expect(mended).toMatchObject([{ file: join(dataDir, 'sealtrail.sqlite') }])
    expect((await read(dataDir)).facts).toEqual(['a', 'b', 'c'])
  })

  it('names damage, tells what a repair gives up, and gives up no more', async () => {
    const dataDir = await filled()
    const path = join(dataDir, SEGMENT)
    const at = readFileSync(path).indexOf('"eventID":"b"')
    flip(path, at)
    const before = readFileSync(path)
    const report = inspect(dataDir)
    expect(report.damage).toMatchObject([
      { file: path, sequence: 2, reason: 'a block is not as it was written' },
      {
        file: path,
        sequence: 2,
        reason: 'the journal ends at sequence 1; up to 3 was acknowledged',
      },
    ])
    expect(report.price).toEqual({ isCut: true, from: 2, to: 3, records: 1, material: [] })
    expect(readFileSync(path)).toEqual(before)
    await expect(read(dataDir)).rejects.toMatchObject({ code: 'StoreDamaged' })
    expect(repair(dataDir, key)).toMatchObject({ damage: [], price: undefined })
    expect(await read(dataDir)).toEqual({ facts: ['a'], records: [record('a')] })
    expect(readFileSync(lostIn(dataDir, 2))).toEqual(before)
    expect(repair(dataDir, key).damage).toEqual([])
  })

  it('makes a lost mark again, and loses nothing by it', async () => {
    const dataDir = await filled()
    rmSync(join(dataDir, 'journal/mark'))
    expect(inspect(dataDir)).toMatchObject({
      damage: [{ reason: 'the file is missing' }],
      price: { from: 4, to: undefined, records: 0 },
    })
    repair(dataDir, key)
    expect((await read(dataDir)).facts).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['the mark', 'journal/mark', () => {}],
    ['the objects, where the mark is lost', 'objects.sqlite', loseMark],
  ])(
    'repairs nothing with another root key, which is told by %s',
    async (_what, name, harm: (dataDir: string) => void) => {
      const dataDir = await filled()
      flip(join(dataDir, SEGMENT), readFileSync(join(dataDir, SEGMENT)).indexOf('"eventID":"b"'))
      harm(dataDir)
      const before = bytesIn(dataDir)
      const other = createSecretKey(Buffer.alloc(32, 6))
      expect(() => repair(dataDir, other)).toThrow(
        expect.objectContaining({
          code: 'StoreDamaged',
          message: expect.stringContaining(`${join(dataDir, name)}: it is not sealed by this root`),
        }),
      )
      expect(bytesIn(dataDir)).toEqual(before)
      expect(repair(dataDir, key).damage).toEqual([])
    },
  )

  it('goes on with an empty journal when nothing of it is sound', async () => {
    const dataDir = await filled()
    flip(join(dataDir, SEGMENT), 3)
    expect(inspect(dataDir).price).toEqual({
      isCut: true,
      from: 1,
      to: 3,
      records: 3,
      material: [],
    })
    const names = ['sealtrail.sqlite', 'objects.sqlite']
    const before = names.map((name) => readFileSync(join(dataDir, name)))
    repair(dataDir, key)
    const lost = dirname(lostIn(dataDir, 1))
    expect(existsSync(lostIn(dataDir, 1))).toBe(true)
    expect(names.map((name) => readFileSync(join(lost, name)))).toEqual(before)
    expect(await read(dataDir)).toEqual({ facts: [], records: [] })
  })

  it('gives up objects with the journal that told of them, and no others', async () => {
    const dataDir = newDir()
    const store = await openStore({ dataDir })
    await store.seal(key)
    for (const name of ['a', 'b', 'c']) await store.commit({ changes: [version(name)] })
    await store.close()
    const path = join(dataDir, SEGMENT)
    flip(path, readFileSync(path).indexOf('"object_key":"c"'))
    expect(inspect(dataDir).price).toMatchObject({ from: 3, to: 3 })
    repair(dataDir, key)
    const again = await openStore({ dataDir })
    await again.seal(key)
    expect(await versions(again)).toEqual([versionRow('a'), versionRow('b')])
    await again.close()
  })

  it('ends a repair that was killed between the journal and the objects', async () => {
    const dataDir = newDir()
    const store = await openStore({ dataDir })
    await store.seal(key)
    for (const name of ['a', 'b', 'c']) {
      await store.commit({ changes: [version(name, { blob: null })] })
    }
    await store.close()
    const path = join(dataDir, SEGMENT)
    flip(path, readFileSync(path).indexOf('"object_key":"c"'))
    cutTo(dataDir, inspectJournal(dataDir), key)
    await expect(read(dataDir)).rejects.toMatchObject({ code: 'StoreDamaged' })
    expect(inspect(dataDir)).toMatchObject({
      damage: [{ file: join(dataDir, 'objects.sqlite') }],
      price: { isCut: false, from: 3, to: 3 },
    })
    expect(repair(dataDir, key)).toMatchObject({ damage: [], price: undefined })
    const again = await openStore({ dataDir })
    await again.seal(key)
    expect((await versions(again)).map(({ object_key }) => object_key)).toEqual(['a', 'b'])
    await again.close()
  })

  it('names a view that was told of more than the journal has, as a start does', async () => {
    const [dataDir, early] = [await filled(), newDir()]
    cpSync(join(dataDir, 'journal'), early, { recursive: true })
    const store = await openStore({ dataDir })
    await store.seal(key)
    await store.commit({ changes: [fact('d')] })
    const killed = newDir()
    cpSync(dataDir, killed, { recursive: true })
    await store.close()
    rmSync(join(killed, 'journal'), { recursive: true })
    cpSync(early, join(killed, 'journal'), { recursive: true })
    const refused = await read(killed).catch((error: Error) => error.message)
    const { damage, price } = inspect(killed)
    expect(damage).toMatchObject([{ reason: expect.stringMatching(/was told of sequence 4$/) }])
    expect(refused).toContain(damage[0]!.reason)
    expect(price).toBeUndefined()
  })

  it.each([
    ['few, which the next start makes again', 1, 'mended'],
    ['many, which a repair makes again at no price', 24, 'damage'],
  ] as const)('finds the row that is missing of %s', async (_what, rows, where) => {
    const dataDir = newDir()
    const store = await openStore({ dataDir })
    await store.seal(key)
    const names = Array.from({ length: rows }, (_, i) => `k${String(i).padStart(2, '0')}`)
    for (const name of names) {
      await store.commit({ changes: [version(name, { facts: 'f'.repeat(1024 * 1024) })] })
    }
    await store.close()
    const file = join(dataDir, 'objects.sqlite')
    const sqlite = new DatabaseSync(file)
    sqlite.exec(`delete from s3_version where object_key = 'k00'`)
    sqlite.close()
    const report = inspect(dataDir)
    expect(report).toMatchObject({
      damage: where === 'damage' ? [{ file }] : [],
      mended: where === 'mended' ? [{ file }] : [],
    })
    expect(report.price).toEqual(
      where === 'damage'
        ? { isCut: false, from: rows + 1, to: rows, records: 0, material: [] }
        : undefined,
    )
    expect(repair(dataDir, key)).toMatchObject({ damage: [] })
    const again = await openStore({ dataDir })
    await again.seal(key)
    expect((await versions(again)).map(({ object_key }) => object_key)).toEqual(names)
    await again.close()
  })

  it('names a slot that one of the shred files has lost', async () => {
    const dataDir = newDir()
    const store = await openStore({ dataDir })
    const shreds = [{ keep: 'ab'.repeat(16), bytes: Buffer.alloc(100, 1) }]
    await store.commit({ changes: [fact('a')], shreds })
    await store.close()
    truncateSync(join(dataDir, 'shreds-b'))
    expect(inspect(dataDir).mended).toMatchObject([{ file: join(dataDir, 'shreds-b'), offset: 0 }])
  })
})
