import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Change } from '../../src/store/change.js'
import {
  changesOf,
  EntryWriter,
  entriesOf,
  type StoredEntry,
} from '../../src/store/journal/entry.js'
import { Journal } from '../../src/store/journal/journal.js'
import { readRecordPage } from '../../src/store/journal/records.js'
import { markAt, type Recovered, recoverJournal } from '../../src/store/journal/recover.js'
import { SEGMENT_BYTES } from '../../src/store/journal/segment.js'
import { SegmentIndex } from '../../src/store/journal/segment-index.js'
import { fc, test } from '../support/property.js'
import { fact, record } from './suite.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('journal')
const opened: Journal[] = []

afterEach(() => {
  for (const journal of opened.splice(0)) journal.close()
})

function make(dataDir = newDir()): { journal: Journal; dataDir: string } {
  mkdirSync(dataDir)
  const journal = Journal.make(dataDir)
  opened.push(journal)
  return { journal, dataDir }
}

/** Appends a block of entries, each of some records. */
function append(journal: Journal, ...entries: Array<readonly string[]>): number {
  const writer = new EntryWriter()
  for (const records of entries) writer.add([], records)
  const sequences = entries.reduce((sum, records) => sum + Math.max(1, records.length), 0)
  return journal.append([writer.take()], sequences, 1_764_000_000_000)
}

function recover(dataDir: string, base = 0): Recovered & { entries: StoredEntry[] } {
  const directory = join(dataDir, 'journal')
  const entries: StoredEntry[] = []
  const recovered = recoverJournal(directory, markAt(directory), base, ({ body }) => {
    for (const entry of entriesOf(body)) entries.push(entry!)
  })
  return { ...recovered, entries }
}

function textsOf(entries: readonly StoredEntry[]): string[] {
  return entries.flatMap(({ records }) => records.map(String))
}

function reopen(dataDir: string): Journal {
  const journal = Journal.open(dataDir, recover(dataDir))
  opened.push(journal)
  return journal
}

const segmentOf = (dataDir: string, first = 1) =>
  join(dataDir, 'journal', `${String(first).padStart(15, '0')}.seal`)
const DAMAGED = expect.objectContaining({ code: 'StoreDamaged' })

describe('an entry', () => {
  test.prop([
    fc.array(fc.record({ name: fc.string(), value: fc.uint8Array() }), { maxLength: 4 }),
    fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 4 }),
  ])('comes back as it was added, facts and records', (rows, records) => {
    const plain = rows.map(({ name, value }) => ({ name: name.replaceAll('\0', ''), value }))
    const changes = plain.map((row): Change => ({ put: 'meta', row }))
    const writer = new EntryWriter()
    const bytes = writer.add(changes, records)
    writer.add([], ['the next'])
    const [entry, next] = entriesOf(Buffer.from(writer.take()))
    expect(bytes).toBeGreaterThan(0)
    expect(textsOf([entry!])).toEqual(records)
    expect(entry!.sequences).toBe(Math.max(1, records.length))
    expect(textsOf([next!])).toEqual(['the next'])
    const read = changesOf(entry!) as Array<{ row: { name: string; value: Uint8Array } }>
    expect(read.map(({ row }) => row.name)).toEqual(plain.map(({ name }) => name))
    expect(read.map(({ row }) => Buffer.from(row.value).toString('hex'))).toEqual(
      plain.map(({ value }) => Buffer.from(value).toString('hex')),
    )
  })

  it('is told from one that is not as it was written, at every bit', () => {
    const writer = new EntryWriter()
    writer.add([fact('a')], ['{"a":1}'])
    const body = Buffer.from(writer.take())
    for (let bit = 0; bit < body.length * 8; bit++) {
      const flipped = Buffer.from(body)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect([...entriesOf(flipped)].at(-1)).toBeUndefined()
    }
    for (let bytes = 1; bytes < body.length; bytes++) {
      expect([...entriesOf(body.subarray(0, bytes))]).toEqual([undefined])
    }
  })
})

describe('a journal', () => {
  test.prop(
    [fc.array(fc.array(fc.array(fc.string(), { maxLength: 3 }), { minLength: 1, maxLength: 3 }))],
    { numRuns: 20 },
  )('gives back all that was appended, however often it is opened', (blocks) => {
    const { journal, dataDir } = make()
    let current = journal
    for (const [i, block] of blocks.entries()) {
      append(current, ...block)
      if (i % 3 === 2) current = reopen(dataDir)
    }
    expect(textsOf(recover(dataDir).entries)).toEqual(blocks.flat(2))
  })

  it('numbers records one by one, and an entry without any as one', () => {
    const { journal, dataDir } = make()
    expect(append(journal, ['a', 'b'], [])).toBe(1)
    expect(append(journal, ['c'])).toBe(4)
    const { records } = readRecordPage(journal.segments, { holding: [], after: 0 })
    expect(records).toEqual([
      { seq: 1, record: 'a' },
      { seq: 2, record: 'b' },
      { seq: 4, record: 'c' },
    ])
    expect(reopen(dataDir).nextSequence).toBe(5)
  })

  it('cuts what was being written when its process ended, and goes on', () => {
    const { journal, dataDir } = make()
    append(journal, ['kept'])
    const path = segmentOf(dataDir)
    const whole = readFileSync(path)
    const { end } = journal.segments[0]!
    append(journal, ['torn'])
    const later = readFileSync(path).subarray(end, journal.segments[0]!.end)
    const mark = readFileSync(join(dataDir, 'journal', 'mark'))
    for (let bytes = 1; bytes < later.length; bytes++) {
      writeFileSync(path, Buffer.concat([whole.subarray(0, end), later.subarray(0, bytes)]))
      // The mark as it was before: the second block was never acknowledged.
      writeFileSync(join(dataDir, 'journal', 'mark'), markWithout(mark))
      const next = reopen(dataDir)
      expect(next.nextSequence).toBe(2)
      next.close()
      opened.splice(opened.indexOf(next), 1)
      expect(readFileSync(path)).toEqual(whole.subarray(0, end))
    }
  })

  it('keeps a whole block that the mark does not know of yet', () => {
    const { journal, dataDir } = make()
    append(journal, ['known'])
    const path = join(dataDir, 'journal', 'mark')
    const before = readFileSync(path)
    append(journal, ['synced, and nobody told'])
    writeFileSync(path, before)
    expect(textsOf(recover(dataDir).entries)).toEqual(['known', 'synced, and nobody told'])
  })

  it('goes on in the next segment when one is full, and is the same behind a base', () => {
    const { journal, dataDir } = make()
    const large = 'x'.repeat(SEGMENT_BYTES / 2)
    for (const name of ['a', 'b', 'c', 'd']) append(journal, [name + large])
    expect(journal.segments.map(({ head }) => head.firstSequence)).toEqual([1, 2, 3, 4])
    const { segments, entries } = recover(dataDir, 3)
    expect(segments).toHaveLength(4)
    expect(textsOf(entries).map((text) => text[0])).toEqual(['a', 'b', 'c', 'd'])
    expect(readRecordPage(journal.segments, { holding: ['c'] }).records).toEqual([])
  })

  it('lets old segments go, and goes back no further then', () => {
    const { journal, dataDir } = make()
    const large = 'x'.repeat(SEGMENT_BYTES / 2)
    for (const name of ['a', 'b', 'c']) append(journal, [name + large])
    journal.dropBefore(3, 0)
    expect(journal.segments).toHaveLength(3)
    journal.dropBefore(1, Number.MAX_SAFE_INTEGER)
    expect(journal.segments.map(({ head }) => head.firstSequence)).toEqual([2, 3])
    expect(textsOf(recover(dataDir, 2).entries).map((text) => text[0])).toEqual(['b', 'c'])
    writeFileSync(segmentOf(dataDir), 'a drop that was under way')
    expect(reopen(dataDir).segments).toHaveLength(2)
  })

  it('names a segment that is missing between two, and damage in one that no start has walked', () => {
    const { journal, dataDir } = make()
    const large = 'x'.repeat(SEGMENT_BYTES / 2)
    for (const name of ['a', 'b', 'c']) append(journal, [name + large])
    const [first, ...others] = journal.segments
    const unwalked = [new SegmentIndex(first!.path, first!.head), ...others]
    expect(readRecordPage(unwalked, { holding: [], after: 0 }).records).toHaveLength(1)
    const bytes = readFileSync(first!.path)
    bytes[SEGMENT_BYTES / 4]! ^= 1
    writeFileSync(first!.path, bytes)
    const harmed = [new SegmentIndex(first!.path, first!.head), ...others]
    for (const query of [{ after: 0 }, { before: 2 }]) {
      expect(() => readRecordPage(harmed, { holding: [], ...query })).toThrow(DAMAGED)
    }
    bytes[SEGMENT_BYTES / 4]! ^= 1
    writeFileSync(first!.path, bytes)
    rmSync(others[0]!.path)
    expect(() => recover(dataDir, 3)).toThrow(/000000000000002\.seal: the file is missing/)
  })

  it('takes nothing more after a sync that failed, and says why', () => {
    const { journal } = make()
    append(journal, ['a'])
    const error = journal.sound.breakWith('a sync of the journal failed')
    expect(error.code).toBe('StoreFailed')
    expect(() => append(journal, ['b'])).toThrow('nothing more is written until')
  })
})

describe('records', () => {
  it('are read stretch by stretch, both ways, those that hold a text only', () => {
    const { journal } = make()
    const ids = Array.from({ length: 3000 }, (_, i) => `${i}`)
    for (let i = 0; i < ids.length; i += 10) {
      append(journal, ...ids.slice(i, i + 10).map((id) => [record(id) + ' '.repeat(500)]))
    }
    const read = (query: { after?: number; before?: number; holding?: string[] }) => {
      const found: number[] = []
      let next: Parameters<typeof readRecordPage>[1] | undefined = { holding: [], ...query }
      while (next !== undefined) {
        const page = readRecordPage(journal.segments, next)
        found.push(...page.records.map(({ seq }) => seq))
        next = page.next
      }
      return found
    }
    const all = ids.map((_, i) => i + 1)
    expect(read({ after: 0 })).toEqual(all)
    expect(read({})).toEqual(all.toReversed())
    expect(read({ after: 2990 })).toEqual(all.slice(2990))
    expect(read({ before: 11 })).toEqual(all.slice(0, 10).reverse())
    expect(read({ holding: ['"2345"'] })).toEqual([2346])
    expect(read({ after: 3000 })).toEqual([])
    expect(read({ after: 1e12 })).toEqual([])
    expect(read({ before: 1 })).toEqual([])
  })
})

describe('damage of the journal', () => {
  function closed(): { dataDir: string; names: string[] } {
    const { journal, dataDir } = make()
    append(journal, ['first'])
    append(journal, ['second'], ['third'])
    journal.close()
    opened.pop()
    return { dataDir, names: [segmentOf(dataDir), join(dataDir, 'journal', 'mark')] }
  }

  it('of one bit of its blocks is refused, by name, wherever it is', () => {
    const { dataDir, names } = closed()
    const [path] = names
    const whole = readFileSync(path!)
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      // Bytes that mean nothing are zeros, and covered as well.
      writeFileSync(path!, flipped)
      expect(() => recover(dataDir)).toThrow(
        expect.objectContaining({
          code: 'StoreDamaged',
          message: expect.stringContaining(basename(path!)),
        }),
      )
    }
  })

  it('of the mark is of no consequence in one slot, and refused in both', () => {
    const { dataDir, names } = closed()
    const path = names[1]!
    const whole = readFileSync(path)
    for (let byte = 0; byte < whole.length; byte += 3) {
      const flipped = Buffer.from(whole)
      flipped[byte]! ^= 1 << (byte & 7)
      writeFileSync(path, flipped)
      expect(textsOf(recover(dataDir).entries)).toEqual(['first', 'second', 'third'])
    }
    for (const slots of [[0], [512], [0, 512]]) {
      const harmed = Buffer.from(whole)
      for (const at of slots) harmed[at + 30]! ^= 1
      writeFileSync(path, harmed)
      if (slots.length === 1) recover(dataDir)
      else expect(() => recover(dataDir)).toThrow(/mark: it is not as it was written/)
    }
  })

  it('that cuts it anywhere is refused', () => {
    const { dataDir, names } = closed()
    const whole = readFileSync(names[0]!)
    for (let bytes = 0; bytes < whole.length; bytes++) {
      writeFileSync(names[0]!, whole)
      truncateSync(names[0]!, bytes)
      expect(() => recover(dataDir)).toThrow(DAMAGED)
    }
  })

  it('that takes a block out, or changes the order, is refused', () => {
    const { journal, dataDir } = make()
    const ends = ['a', 'b', 'c'].map((name) => {
      append(journal, [name])
      return journal.segments[0]!.end
    })
    const path = segmentOf(dataDir)
    const whole = readFileSync(path).subarray(0, ends[2])
    const [head, a, b, c] = [64, ...ends].map((end, i, all) => whole.subarray(all[i - 1] ?? 0, end))
    for (const order of [
      [head, b, c],
      [head, a, c],
      [head, a, b],
      [head, b, a, c],
      [head, a, c, b],
      [head, a, a, b, c],
    ]) {
      writeFileSync(path, Buffer.concat(order.map((piece) => piece!)))
      expect(() => recover(dataDir)).toThrow(DAMAGED)
    }
  })
})

/** The newest slot taken out of a mark: it is as it was one block earlier. */
function markWithout(mark: Buffer): Buffer {
  const turns = [0, 512].map((at) => mark.readUIntBE(at + 18, 6))
  const older = Buffer.from(mark)
  older.fill(0, turns[0]! > turns[1]! ? 0 : 512, turns[0]! > turns[1]! ? 512 : 1024)
  return older
}
