import { createSecretKey } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadAddon, type ScribeNumber } from '../../src/engine/native/addon.js'
import { EntryWriter } from '../../src/store/journal/entry.js'
import { Journal } from '../../src/store/journal/journal.js'
import { MARK_BYTES, readMark } from '../../src/store/journal/mark.js'
import { markAt, recoverJournal } from '../../src/store/journal/recover.js'
import { Scribe } from '../../src/store/scribe.js'
import { openStore, type Store } from '../../src/store/store.js'
import { fact, facts, record, records } from './suite.js'
import { temporaryDirs } from './temporary.js'

const addon = loadAddon()
const hasScribe = addon?.scribeOpen !== undefined
const newDir = temporaryDirs('scribe')
const TIME_MS = 1_764_000_000_000
const KEY = createSecretKey(Buffer.alloc(32, 7))

function bodyOf(...texts: string[]): Uint8Array {
  const writer = new EntryWriter()
  for (const text of texts) writer.add([], [text])
  return writer.take()
}

function made(dataDir = newDir()): Journal {
  mkdirSync(dataDir)
  return Journal.make(dataDir)
}

function journalFile(dataDir: string): Buffer {
  const name = readdirSync(join(dataDir, 'journal')).find((name) => name.endsWith('.seal'))!
  return readFileSync(join(dataDir, 'journal', name))
}

// Where no addon was built there is no scribe, and nothing to be said of it.
describe.runIf(hasScribe)('a scribe', () => {
  let scribe: ScribeNumber
  let heard: Promise<number>

  beforeEach(() => {
    let tell: (isDurable: number) => void
    heard = new Promise((resolve) => {
      tell = resolve
    })
    scribe = addon!.scribeOpen!(() => tell(addon!.scribeIsDurable(scribe)))
  })

  afterEach(() => {
    addon!.scribeEnd(scribe)
  })

  async function append(body: Uint8Array, sequences: number): Promise<number> {
    if (addon!.scribeAppend(scribe, body, sequences, TIME_MS) !== 1) return -1
    return await heard
  }

  it.each([undefined, KEY])(
    'writes byte for byte what the journal itself writes, sealed or not (%#)',
    async (key) => {
      const [own, lent] = [newDir(), newDir()]
      const journals = [made(own), made(lent)] as const
      for (const journal of journals) {
        if (key !== undefined) journal.mark.sealWith(key, true)
        journal.append([bodyOf(record('first'))], 1, TIME_MS)
      }
      const body = bodyOf(record('second'), record('third'))
      journals[0].append([body], 2, TIME_MS)
      journals[1].lend({ addon: addon!, number: scribe })
      expect(await append(body, 2)).toBe(1)
      for (const name of ['mark', '000000000000001.seal']) {
        const [a, b] = [own, lent].map((dir) => readFileSync(join(dir, 'journal', name)))
        expect(b!.equals(a!), name).toBe(true)
      }
      journals[1].regain()
      for (const journal of journals) journal.append([bodyOf(record('fourth'))], 1, TIME_MS)
      expect(journalFile(lent).equals(journalFile(own))).toBe(true)
      expect(readMark(readFileSync(join(lent, 'journal/mark')).subarray(0, MARK_BYTES))).toEqual(
        readMark(readFileSync(join(own, 'journal/mark')).subarray(0, MARK_BYTES)),
      )
      for (const journal of journals) journal.close()
      const directory = join(lent, 'journal')
      const { end } = recoverJournal(directory, markAt(directory), 0, () => undefined)
      expect(end.nextSequence).toBe(5)
    },
  )

  it('takes nothing when nothing was lent, nor when it was taken back', async () => {
    const journal = made()
    expect(await append(bodyOf(record('a')), 1)).toBe(-1)
    journal.append([bodyOf(record('a'))], 1, TIME_MS)
    journal.lend({ addon: addon!, number: scribe })
    journal.regain()
    expect(await append(bodyOf(record('a')), 1)).toBe(-1)
    expect(journal.nextSequence).toBe(2)
    journal.close()
  })

  it('leaves what needs a new segment to the journal', async () => {
    const journal = made()
    journal.lend({ addon: addon!, number: scribe })
    // Longer than a segment.
    expect(await append(Buffer.alloc(64 * 1024 * 1024), 1)).toBe(0)
    journal.regain()
    expect(journal.sound.broken).toBeUndefined()
    expect(journal.nextSequence).toBe(1)
    journal.close()
  })

  it('finds out that the path leads elsewhere, and the journal is broken', async () => {
    const dataDir = newDir()
    const journal = made(dataDir)
    journal.append([bodyOf(record('a'))], 1, TIME_MS)
    journal.lend({ addon: addon!, number: scribe })
    renameSync(join(dataDir, 'journal'), join(dataDir, 'elsewhere'))
    expect(await append(bodyOf(record('b')), 1)).toBe(0)
    journal.regain()
    expect(journal.sound.broken).toMatchObject({
      code: 'StoreFailed',
      message: expect.stringContaining('the data directory is gone or was replaced'),
    })
    journal.close()
  })

  it('that has ended breaks the journal that was lent to it', () => {
    const journal = made()
    journal.append([bodyOf(record('a'))], 1, TIME_MS)
    journal.lend({ addon: addon!, number: scribe })
    addon!.scribeEnd(scribe)
    journal.regain()
    expect(journal.sound.broken).toMatchObject({ code: 'StoreFailed' })
    journal.close()
  })

  it('that cannot take the end leaves the journal to itself', () => {
    const journal = made()
    const full = { ...addon!, scribeLend: () => -1 }
    journal.lend({ addon: full, number: scribe })
    journal.append([bodyOf(record('a'))], 1, TIME_MS)
    journal.regain()
    expect(journal.nextSequence).toBe(2)
    expect(journal.sound.broken).toBeUndefined()
    journal.close()
  })

  it('has nothing any more when the thread that lent it the end has ended', async () => {
    const dataDir = newDir()
    mkdirSync(dataDir)
    const dist = (path: string) => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url))
    const script = `
      import { parentPort, workerData } from 'node:worker_threads'
      import { loadAddon } from ${dist('engine/native/addon.js')}
      import { Journal } from ${dist('store/journal/journal.js')}
      const { dataDir, number, body } = workerData
      const journal = Journal.make(dataDir)
      journal.append([body], 1, 1)
      journal.lend({ addon: loadAddon(), number })
      journal.regain()
      journal.lend({ addon: loadAddon(), number })
      parentPort.on('message', () => { throw new Error('a defect') })
      parentPort.postMessage('lent')`
    const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`)
    const body = bodyOf(record('a'))
    const worker = new Worker(url, { workerData: { dataDir, number: scribe, body } })
    worker.on('error', () => undefined)
    await new Promise((resolve) => worker.once('message', resolve))
    expect(await append(body, 1)).toBe(1)
    worker.postMessage('fail')
    await new Promise((resolve) => worker.once('exit', resolve))
    expect(await append(body, 1)).toBe(-1)
  })

  it.each([
    ['no scribe', () => addon!.scribeAppend(0, new Uint8Array(1), 1, 1), -3],
    ['one that was never opened', () => addon!.scribeAppend(1e6, new Uint8Array(1), 1, 1), -3],
    ['no bytes', () => addon!.scribeAppend(scribe, 'x' as never, 1, 1), -1],
    ['half an entry', () => addon!.scribeAppend(scribe, new Uint8Array(1), 0.5, 1), -1],
    ['no file', () => addon!.scribeLend(scribe, 99_999, 1, new Uint8Array(700), undefined), -1],
    ['half an end', () => addon!.scribeLend(scribe, 1, 1, new Uint8Array(20), undefined), -1],
    [
      'half a key',
      () => addon!.scribeLend(scribe, 1, 1, new Uint8Array(700), new Uint8Array(5)),
      -1,
    ],
    ['no bell', () => addon!.scribeOpen!(undefined as never), -1],
  ])('refuses %s', (_what, call, refusal) => {
    expect(call()).toBe(refusal)
  })
})

describe.runIf(hasScribe)('a store with a scribe', () => {
  let store: Store | undefined

  afterEach(async () => {
    vi.restoreAllMocks()
    await store?.close()
    store = undefined
  })

  it('gives it batches of records, and keeps facts and records in one order', async () => {
    const dataDir = newDir()
    store = await openStore({ dataDir })
    const given = vi.spyOn(Scribe.prototype, 'append')
    const told: string[] = []
    for (let i = 0; i < 60; i++) {
      const text = record(`id-${i}`)
      const entry =
        i % 7 === 3 ? { changes: [fact(`fact-${i}`)], records: [text] } : { records: [text] }
      await store.commit(entry)
      told.push(text)
      if (i % 11 === 0) expect((await records(store)).map((row) => row.record)).toEqual(told)
    }
    const taken = given.mock.results.filter(({ value }) => value !== undefined)
    expect(taken.length).toBeGreaterThan(40)
    await store.close()
    store = await openStore({ dataDir })
    expect((await records(store)).map((row) => row.record)).toEqual(told)
    expect(await facts(store)).toHaveLength(9)
  })

  it('says that there are records also when others gave them to it', async () => {
    store = await openStore({ dataDir: newDir() })
    await store.commit({ changes: [fact('a')], records: [record('first')] })
    let told = 0
    store.onRecords(() => told++)
    // What the store found at its start is told when it is first looked after.
    await sleep(1100)
    const before = told
    expect(addon!.scribeAppend(store.scribe!, bodyOf(record('second')), 1, TIME_MS)).toBe(1)
    await expect.poll(() => told).toBeGreaterThan(before)
    expect((await records(store)).map((row) => row.record)).toContain(record('second'))
  })

  it('goes through many segments beside it', async () => {
    const dataDir = newDir()
    store = await openStore({ dataDir, queueBytesMax: 128 * 1024 * 1024 })
    const large = 'x'.repeat(5 * 1024 * 1024)
    for (let i = 0; i < 30; i++) {
      await store.commit({ records: [`{"eventID":"id-${i}","text":"${large}"}`] })
      await store.commit({ records: [record(`small-${i}`)] })
    }
    expect(readdirSync(join(dataDir, 'journal')).length).toBeGreaterThan(3)
    await store.close()
    store = await openStore({ dataDir })
    const found = (await records(store)).filter((row) => row.record.includes('small-'))
    expect(found.map((row) => row.record)).toEqual(
      Array.from({ length: 30 }, (_, i) => record(`small-${i}`)),
    )
  })

  it('breaks when the data directory is gone, under records alone', async () => {
    const dataDir = newDir()
    store = await openStore({ dataDir })
    await store.commit({ changes: [fact('a')] })
    await store.commit({ records: [record('a')] })
    renameSync(dataDir, `${dataDir}-gone`)
    await expect(store.commit({ records: [record('b')] })).rejects.toMatchObject({
      code: 'StoreFailed',
    })
    await expect(store.broken).resolves.toBeDefined()
    await expect(store.commit({ records: [record('c')] })).rejects.toMatchObject({
      code: 'StoreFailed',
    })
  })
})
