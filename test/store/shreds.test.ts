import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { SHRED_FILES, Shreds } from '../../src/store/shreds/shreds.js'
import { decodeSlot, encodeSlot, SLOT_BYTES } from '../../src/store/shreds/slot.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('shreds')
const opened: Shreds[] = []
const IDS = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(32))
const [A, B, C, D] = IDS as [string, string, string, string]
const bytesOf = (id: string) => Buffer.alloc(128, id)

afterEach(() => {
  for (const shreds of opened.splice(0)) shreds.close()
})

function make(...ids: string[]): { dataDir: string; shreds: Shreds } {
  const dataDir = newDir()
  mkdirSync(dataDir)
  const shreds = Shreds.make(dataDir)
  opened.push(shreds)
  if (ids.length > 0) shreds.keep(ids.map((id) => ({ id, bytes: bytesOf(id) })))
  return { dataDir, shreds }
}

function open(dataDir: string, ...wanted: string[]): Shreds {
  const shreds = Shreds.open(dataDir, new Set(wanted))
  shreds.settle()
  opened.push(shreds)
  return shreds
}

function contents(dataDir: string): [Buffer, Buffer] {
  return SHRED_FILES.map((name) => readFileSync(join(dataDir, name))) as [Buffer, Buffer]
}

describe('a slot', () => {
  it('gives back what it holds, and nothing when any bit of it is another', () => {
    const slot = encodeSlot({ id: A, bytes: bytesOf(A) })
    expect(decodeSlot(slot)).toEqual({ id: A, bytes: bytesOf(A) })
    for (let bit = 0; bit < slot.length * 8; bit++) {
      const flipped = Buffer.from(slot)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(decodeSlot(flipped)).toBeUndefined()
    }
    expect(decodeSlot(Buffer.alloc(SLOT_BYTES))).toBeUndefined()
  })
})

describe('shreds', () => {
  it('are kept in both files, and there again', () => {
    const { dataDir, shreds } = make(A, B)
    expect(shreds.get(A)).toEqual(bytesOf(A))
    const again = open(dataDir, A, B)
    expect([A, B, C].map((id) => again.get(id))).toEqual([bytesOf(A), bytesOf(B), undefined])
    expect(contents(dataDir)[0]).toEqual(contents(dataDir)[1])
  })

  it('that are erased leave no byte, and their slot is used again', () => {
    const { dataDir, shreds } = make(A, B)
    shreds.erase([A, D])
    expect(shreds.get(A)).toBeUndefined()
    for (const file of contents(dataDir)) {
      expect(file.includes(bytesOf(A).subarray(0, 16))).toBe(false)
      expect(file.includes(Buffer.from(A, 'hex'))).toBe(false)
    }
    const { length } = contents(dataDir)[0]
    shreds.keep([{ id: C, bytes: bytesOf(C) }])
    expect(contents(dataDir)[0]).toHaveLength(length)
    expect(open(dataDir, B, C).get(C)).toEqual(bytesOf(C))
  })

  it('that no fact names any more are erased at a start', () => {
    const { dataDir } = make(A, B, C)
    const again = open(dataDir, B)
    expect([A, B, C].map((id) => again.get(id) !== undefined)).toEqual([false, true, false])
    for (const file of contents(dataDir)) {
      expect(file.includes(bytesOf(A).subarray(0, 16))).toBe(false)
    }
  })

  it.each([
    ['lost', (path: string) => rmSync(path)],
    ['emptied', (path: string) => truncateSync(path)],
    ['cut', (path: string) => truncateSync(path, 300)],
    ['noise', (path: string) => writeFileSync(path, Buffer.alloc(5000, 0xa5))],
  ])('come back from the other file when one is %s', (_what, harm) => {
    for (const name of SHRED_FILES) {
      const { dataDir } = make(A, B, C)
      harm(join(dataDir, name))
      const again = open(dataDir, A, B, C)
      expect(IDS.slice(0, 3).map((id) => again.get(id))).toEqual([A, B, C].map(bytesOf))
      const [one, other] = contents(dataDir)
      expect(one).toEqual(other)
    }
  })

  it('come back slot by slot when each file has lost another one', () => {
    const { dataDir } = make(A, B)
    const [one, other] = contents(dataDir)
    one.fill(0, 0, SLOT_BYTES)
    other.fill(0, SLOT_BYTES, 2 * SLOT_BYTES)
    writeFileSync(join(dataDir, SHRED_FILES[0]), one)
    writeFileSync(join(dataDir, SHRED_FILES[1]), other)
    const again = open(dataDir, A, B)
    expect([again.get(A), again.get(B)]).toEqual([bytesOf(A), bytesOf(B)])
  })

  it('are read, and nothing is written, before they are settled', () => {
    const { dataDir } = make(A, B)
    truncateSync(join(dataDir, SHRED_FILES[1]))
    const before = contents(dataDir)
    const shreds = Shreds.open(dataDir, new Set([A]))
    expect(shreds.get(A)).toEqual(bytesOf(A))
    expect(contents(dataDir)).toEqual(before)
    shreds.settle()
    expect(contents(dataDir)[0].includes(Buffer.from(B, 'hex'))).toBe(false)
    shreds.close()
  })

  it('that both files have lost are refused while they are needed, and nothing is changed', () => {
    const { dataDir } = make(A, B)
    const before = contents(dataDir)
    for (const [i, file] of before.entries()) {
      writeFileSync(join(dataDir, SHRED_FILES[i]!), file.fill(0, 0, SLOT_BYTES))
    }
    expect(() => open(dataDir, A, B)).toThrow(
      expect.objectContaining({
        code: 'StoreDamaged',
        message: expect.stringContaining(`both have lost the shred ${A}`),
      }),
    )
    expect(contents(dataDir)).toEqual(before)
    expect(open(dataDir, B).get(B)).toEqual(bytesOf(B))
  })
})
