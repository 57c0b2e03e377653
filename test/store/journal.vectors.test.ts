/**
 * The bytes of docs/FORMAT.md §5: journals, marks and shreds that exist must open for ever.
 */
import { createHash, createHmac, createSecretKey } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { blockHeader, CHAIN_START, isIntact, readHeader } from '../../src/store/journal/block.js'
import { changesOf, EntryWriter, entriesOf } from '../../src/store/journal/entry.js'
import { FIRST_MARK, Mark, readMark } from '../../src/store/journal/mark.js'
import { readSegmentHead, segmentHead, segmentName } from '../../src/store/journal/segment.js'
import { decodeSlot, encodeSlot } from '../../src/store/shreds/slot.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('journal-vectors')
const hex = (text: string) => Buffer.from(text, 'hex')

const HEAD =
  '7365616c6a726e6c000000010000000000000000000000010000000000000000000000000000000000000000000000000000000000000000000000000855f787'
/** Two facts with two records, then an entry without either; sequence numbers 1 to 3. */
const BLOCK =
  '5345414c000000b3000000000000000100000003000000000000019ab697e800948c1d331f48dd00896b6b982c3905b40c30e69b7326a7a5450afa92591a12ba000000000000000000000000a21343450000009b1f63911101000002000000675b7b22707574223a226d657461222c22726f77223a7b226e616d65223a22726f6f742d6964222c2276616c7565223a7b22626173653634223a224150383d227d7d7d2c7b2264726f70223a226d657461222c226b6579223a7b226e616d65223a22c3a4227d7d5d0000000f7b226576656e744944223a2231227d000000157b226576656e744944223a224772c3b6c39f65227d00000008a988dff70100000000000000'
const CHANGES = [
  { put: 'meta', row: { name: 'root-id', value: hex('00ff') } },
  { drop: 'meta', key: { name: 'ä' } },
] as const
const RECORDS = ['{"eventID":"1"}', '{"eventID":"Größe"}']
const TIME_MS = 1_764_000_000_000
/** The third turn, sealed under 00 01 … 1f. */
const MARK =
  '7365616c6d61726b000000010000000000000000000000030000000000000003948c1d331f48dd00896b6b982c3905b40c30e69b7326a7a5450afa92591a12ba000000000000000100000000000000000000000000000000000000000000000000000000000000000000000000000003aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0000000000000002bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb000000000000000000000000000000000000000000000000000000000000000000000000000000002d392992e0541c4e6d8656ef9581fd840c89753b39c6611177982f663515a190916a5fd3'
const SLOT =
  '7368726401000000000102030405060708090a0b0c0d0e0f000000800707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707070707000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000d95c4627'

describe('a segment', () => {
  it('has this head and this name', () => {
    const head = { firstSequence: 1, sequencesBefore: 0, chainBefore: CHAIN_START }
    expect(segmentHead(head).toString('hex')).toBe(HEAD)
    expect(readSegmentHead(hex(HEAD))).toEqual(head)
    expect(segmentName(1)).toBe('000000000000001.seal')
  })
})

describe('a block', () => {
  it('has these bytes', () => {
    const writer = new EntryWriter()
    writer.add(CHANGES, RECORDS)
    writer.add([], [])
    const body = writer.take()
    const block = { firstSequence: 1, sequences: 3, timeMs: TIME_MS }
    const header = blockHeader(block, [body], CHAIN_START)
    expect(header.toString('hex') + Buffer.from(body).toString('hex')).toBe(BLOCK)
  })

  it('is read as what it was', () => {
    const bytes = hex(BLOCK)
    const header = readHeader(bytes, 0)!
    expect(header).toMatchObject({ firstSequence: 1, sequences: 3, timeMs: TIME_MS })
    expect(isIntact(bytes, 0, header, CHAIN_START)).toBe(true)
    const [entry, empty] = entriesOf(bytes.subarray(80))
    expect(changesOf(entry!)).toEqual(CHANGES)
    expect(entry!.records.map(String)).toEqual(RECORDS)
    expect(empty).toMatchObject({ records: [], sequences: 1 })
  })

  it('is chained by SHA-256 over what came before, its first 32 bytes and its body', () => {
    const bytes = hex(BLOCK)
    const hash = createHash('sha256').update(Buffer.alloc(32)).update(bytes.subarray(0, 32))
    expect(hash.update(bytes.subarray(80)).digest()).toEqual(bytes.subarray(32, 64))
  })
})

describe('a mark', () => {
  const chain = hex(BLOCK).subarray(32, 64)
  const state = {
    ...{ sequence: 3, chain, oldest: FIRST_MARK.oldest },
    view: { sequence: 3, hash: Buffer.alloc(32, 0xaa) },
    snapshots: [{ sequence: 2, hash: Buffer.alloc(32, 0xbb) }],
  }
  const key = createSecretKey(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))

  it('has these bytes', () => {
    const dir = newDir()
    mkdirSync(dir)
    const path = join(dir, 'mark')
    const mark = Mark.make(path, FIRST_MARK)
    mark.sealWith(key, true)
    mark.write(state)
    mark.close()
    expect(readFileSync(path).subarray(512, 772).toString('hex')).toBe(MARK)
  })

  it('is read as what it was, and sealed by HMAC-SHA-256', () => {
    const slot = Buffer.concat([hex(MARK), Buffer.alloc(252)])
    expect(readMark(Buffer.concat([slot, Buffer.alloc(512)]))).toEqual(state)
    const seal = createHmac('sha256', key).update(slot.subarray(0, 224)).digest()
    expect(slot.subarray(224, 256)).toEqual(seal)
  })
})

describe('a slot of a shred file', () => {
  it('has these bytes, and is read as what it was', () => {
    const shred = { id: '000102030405060708090a0b0c0d0e0f', bytes: Buffer.alloc(128, 7) }
    expect(encodeSlot(shred).toString('hex')).toBe(SLOT)
    expect(decodeSlot(hex(SLOT))).toEqual(shred)
  })
})
