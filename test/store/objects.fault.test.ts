/**
 * The damage matrix of the database of objects: every kind of harm to its file and its log, behind which rows are those
 * that were acknowledged, or the store is refused by the name of a file.
 */
import { createSecretKey } from 'node:crypto'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openStore, type Store } from '../../src/store/store.js'
import { seededChance } from '../support/seed.js'
import { fact, version, versionRow, versions } from './suite.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('objects-damage')
const key = createSecretKey(Buffer.alloc(32, 3))
const chance = seededChance()
const BLOCK_BYTES = 4096
const ROWS = 60
const PLACES = 6

type Harm = (bytes: Buffer, older: Buffer) => Buffer

const at = (bytes: Buffer) => Math.floor(chance() * bytes.length)
const block = (bytes: Buffer) => at(bytes) & -BLOCK_BYTES

const HARMS: Readonly<Record<string, Harm>> = {
  'a bit flipped': (bytes) => {
    const place = at(bytes)
    bytes[place]! ^= 1 << Math.floor(chance() * 8)
    return bytes
  },
  cut: (bytes) => bytes.subarray(0, at(bytes)),
  'noise in it': (bytes) => {
    const place = block(bytes)
    for (let i = place; i < Math.min(place + BLOCK_BYTES, bytes.length); i++)
      bytes[i] = chance() * 256
    return bytes
  },
  'zeros in it': (bytes) => {
    const place = block(bytes)
    return bytes.fill(0, place, place + BLOCK_BYTES)
  },
  'bytes taken out': (bytes) => {
    const place = at(bytes)
    return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1 + at(bytes))])
  },
  'blocks swapped': (bytes) => {
    const [one, other] = [block(bytes), block(bytes)]
    const first = Buffer.from(bytes.subarray(one, one + BLOCK_BYTES))
    bytes.copy(bytes, one, other, other + BLOCK_BYTES)
    first.copy(bytes, other)
    return bytes
  },
  'nothing in it': () => Buffer.alloc(0),
  'what it was before': (_bytes, older) => Buffer.from(older),
}
const ONCE = new Set(['nothing in it', 'what it was before'])

interface Base {
  readonly now: string
  readonly older: string
  readonly rows: readonly object[]
}

async function open(dataDir: string): Promise<Store> {
  const store = await openStore({ dataDir })
  try {
    await store.seal(key)
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Rows put, replaced and dropped, with facts of the view among them. */
async function change(store: Store, from: number): Promise<void> {
  for (let i = from; i < from + ROWS / 2; i++) {
    const name = `key ${String(i).padStart(3, '0')} ${'k'.repeat(i * 3)}`
    await store.commit({
      changes: [version(name, { facts: `"${'f'.repeat(900)}"` }), fact(String(i))],
    })
    if (i % 3 === 0) await store.commit({ changes: [version(name, { is_latest: 0 })] })
    if (i % 7 === 0)
      await store.commit({ changes: [{ drop: 's3_version', key: versionRow(name) }] })
  }
}

async function makeBase(end: 'closed' | 'killed'): Promise<Base> {
  const [dataDir, older, now] = [newDir(), newDir(), newDir()]
  const first = await open(dataDir)
  await change(first, 0)
  cpSync(dataDir, older, { recursive: true })
  await change(first, ROWS / 2)
  const rows = await versions(first)
  if (end === 'closed') await first.close()
  cpSync(dataDir, now, { recursive: true })
  if (end === 'killed') await first.close()
  return { now, older, rows }
}

async function lookInto(dataDir: string, rows: readonly object[]): Promise<string> {
  let store: Store
  try {
    store = await open(dataDir)
  } catch (error) {
    const { message } = error as Error
    return /\.(sqlite|seal)/.test(message) ? 'refused' : `unnamed: ${message}`
  }
  try {
    expect(await versions(store)).toEqual(rows)
    const latest = store.query
      .selectFrom('s3_version')
      .select('object_key')
      .where('bucket_id', '=', versionRow('').bucket_id)
      .where('is_latest', '=', 1)
      .where('is_marker', '=', 0)
      .orderBy('object_key')
      .compile()
    const wanted = (rows as ReturnType<typeof versionRow>[]).filter((row) => row.is_latest === 1)
    expect(await store.read(latest)).toEqual(wanted.map(({ object_key }) => ({ object_key })))
    return 'right'
  } finally {
    await store.close()
  }
}

describe.each(['closed', 'killed'] as const)('objects of a directory that was %s', (end) => {
  let base: Base
  beforeAll(async () => {
    base = await makeBase(end)
  })
  const files = end === 'closed' ? ['objects.sqlite'] : ['objects.sqlite', 'objects.sqlite-wal']

  describe.each(files)('with %s harmed', (name) => {
    it.each(Object.keys(HARMS))('%s, are right or refused by name', async (harm) => {
      for (let place = 0; place < (ONCE.has(harm) ? 1 : PLACES); place++) {
        const dataDir = newDir()
        cpSync(base.now, dataDir, { recursive: true })
        const older = readFileSync(join(base.older, name))
        const path = join(dataDir, name)
        writeFileSync(path, HARMS[harm]!(readFileSync(path), older))
        expect(await lookInto(dataDir, base.rows)).toMatch(/^(right|refused)$/)
        rmSync(dataDir, { recursive: true })
      }
    })

    it('removed, are right', async () => {
      const dataDir = newDir()
      cpSync(base.now, dataDir, { recursive: true })
      rmSync(join(dataDir, name))
      expect(await lookInto(dataDir, base.rows)).toBe('right')
    })
  })
})
