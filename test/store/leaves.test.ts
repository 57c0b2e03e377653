/** What the journal says as leaves of a Merkle log, and how long it is kept for whoever makes them. */
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { EntryWriter } from '../../src/store/journal/entry.js'
import { openStore, type Store } from '../../src/store/store.js'
import { Keeper } from '../../src/store/thread/keeper.js'
import { fact } from './suite.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('leaves')
const HASH = 32
const leaf = (text: string) => createHash('sha256').update(Buffer.of(0)).update(text).digest()
const hashesIn = ({ hashes }: { readonly hashes: Uint8Array }) =>
  Array.from({ length: hashes.length / HASH }, (_, i) =>
    Buffer.from(hashes.subarray(i * HASH, (i + 1) * HASH)),
  )

let store: Store | undefined
afterEach(async () => {
  await store?.close()
  store = undefined
})

async function allLeaves(store: Store, from = 0): Promise<Buffer[]> {
  const found: Buffer[] = []
  for (;;) {
    const page = await store.leaves(from + found.length)
    expect(page.after).toBe(from + found.length)
    found.push(...hashesIn(page))
    if (page.after + page.hashes.length / HASH >= page.last) return found
  }
}

describe('the leaves of a journal', () => {
  it('are the records, byte for byte, and nothing where there is none', async () => {
    store = await openStore({ dataDir: newDir() })
    const records = ['{"a":"é"}', '{"b":1}', `{"c":"${'x'.repeat(100_000)}"}`]
    await store.commit({ records: [records[0]!] })
    await store.commit({ changes: [fact('one')] })
    await store.commit({ changes: [fact('two')], records: [records[1]!, records[2]!] })
    const wanted = [records[0]!, '', records[1]!, records[2]!].map(leaf)
    expect(await allLeaves(store)).toEqual(wanted)
    expect(await allLeaves(store, 2)).toEqual(wanted.slice(2))
  })

  it('come in pages that hold each sequence number once, and end with the journal', async () => {
    store = await openStore({ dataDir: newDir() })
    const records = Array.from({ length: 3000 }, (_, i) => `{"n":${i},"x":"${'x'.repeat(500)}"}`)
    await Promise.all(records.map((record) => store!.commit({ records: [record] })))
    expect((await allLeaves(store)).map(String)).toEqual(records.map(leaf).map(String))
    expect(await store.leaves(3000)).toMatchObject({ after: 3000, last: 3000 })
    expect((await store.leaves(5000)).hashes).toHaveLength(0)
  })
})

describe('old records', () => {
  const RECORD_BYTES = 40 * 1024 * 1024
  const batchOf = (records: string[]) => {
    const writer = new EntryWriter()
    writer.add([], records)
    return { bytes: writer.take(), entries: 1, sequences: records.length, effects: [] }
  }

  /** The first sequence number that is still there after so many records have been written, all of them old. */
  function firstOf(releasedUpTo: number | undefined): number {
    const dataDir = newDir()
    mkdirSync(dataDir, { recursive: true })
    const keeper = Keeper.open(dataDir, { retentionMs: -1000, scribe: undefined })
    try {
      if (releasedUpTo !== undefined) keeper.release(releasedUpTo)
      for (let i = 0; i < 12; i++) keeper.commit(batchOf(['x'.repeat(RECORD_BYTES)]))
      return keeper.records({ after: 0, holding: [] }).records[0]!.seq
    } finally {
      keeper.close()
    }
  }

  it('go, unless somebody still needs what is behind them', () => {
    expect(firstOf(undefined)).toBeGreaterThan(3)
    expect(firstOf(2)).toBeLessThanOrEqual(3)
    expect(firstOf(0)).toBe(1)
  })
})
