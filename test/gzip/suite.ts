/** What holds for gzip and gunzip, whether libdeflate or node:zlib does the work. */
import { crc32, deflateRawSync, gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { gunzip } from '../../src/gzip/gunzip.js'
import { GZIP_BYTES_MAX, gzip } from '../../src/gzip/gzip.js'
import { sample } from '../engine/sample.js'
import { fc, test } from '../support/property.js'

const MIB = 1024 * 1024
export const code = (code: string) => expect.objectContaining({ code })

/** A member as other writers may make it. */
export function memberOf(
  plain: Uint8Array,
  { flags = 0, fields = Buffer.alloc(0), crc = crc32(plain), size = plain.length } = {},
): Buffer {
  const head = Buffer.from([0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3])
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc, 0)
  trailer.writeUInt32LE(size, 4)
  return Buffer.concat([head, fields, deflateRawSync(plain), trailer])
}

const refusal = expect.objectContaining({
  code: expect.stringMatching(/^(GzipDamaged|OutputTooLarge)$/),
})
const text = Buffer.from('{"Records":[{"eventName":"Decrypt"}]}'.repeat(40))
const bounds = { bytesMax: MIB }

export function gzipSuite(): void {
  describe('a gzip member', () => {
    const levels = Array.from({ length: 13 }, (_, level) => level)
    it.each(levels)('of level %i opens with node:zlib and with us', (level) => {
      const member = gzip(text, level)
      expect(gunzipSync(member)).toEqual(text)
      expect(Buffer.from(gunzip(member, bounds))).toEqual(text)
    })

    it.each([0, 1, 65_535, 65_536, 65_537, 300_000])(
      'of %i random bytes gives them back',
      (size) => {
        const plain = sample('noise', size)
        expect(Buffer.compare(gunzip(gzip(plain), bounds), plain)).toBe(0)
      },
    )

    test.prop([fc.uint8Array({ maxLength: 3000 }), fc.nat(12)])(
      'gives back any bytes',
      (plain, level) => {
        expect(Buffer.compare(gunzip(gzip(plain, level), bounds), plain)).toBe(0)
      },
    )

    it('tells neither time nor operating system', () => {
      const header = [...gzip(text).subarray(0, 10)]
      expect(header.toSpliced(8, 1)).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 255])
    })

    it('is the same for the same bytes', () => {
      expect(gzip(text, 9)).toEqual(gzip(Buffer.from(text), 9))
    })

    it('takes no more memory than it has bytes', () => {
      for (const plain of [text, Buffer.alloc(MIB), sample('noise', MIB)]) {
        const member = gzip(plain)
        expect(member.buffer.byteLength).toBe(member.length)
      }
    })

    it('is made of memory that threads share', () => {
      const shared = new Uint8Array(new SharedArrayBuffer(text.length))
      shared.set(text)
      expect(gunzipSync(gzip(shared))).toEqual(text)
    })

    it('is refused beyond 64 MiB', () => {
      expect(() => gzip(new Uint8Array(GZIP_BYTES_MAX + 1))).toThrow(code('InputTooLarge'))
    })

    it.each([-1, 13, 1.5, Number.NaN])('has no level %d', (level) => {
      expect(() => gzip(text, level)).toThrow(code('InputInvalid'))
    })
  })

  describe('gunzip', () => {
    it('takes what node:zlib wrote', () => {
      expect(Buffer.from(gunzip(gzipSync(text), bounds))).toEqual(text)
    })

    it.each([0, 1, 5000, 100_000])('gives %i bytes that can move to another thread', (size) => {
      const { buffer } = gunzip(gzip(Buffer.alloc(size)), bounds)
      expect(structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })).toBeDefined()
    })

    it.each(optionalFields)('takes a header with $name', ({ flags, fields }) => {
      expect(Buffer.from(gunzip(memberOf(text, { flags, fields }), bounds))).toEqual(text)
    })

    it.each(badMembers)('refuses $name as damage', ({ member }) => {
      expect(() => gunzip(member, bounds)).toThrow(code('GzipDamaged'))
    })

    it('refuses every cut of a member as damage', () => {
      const member = gzip(text)
      for (let end = 0; end < member.length; end++) {
        expect(() => gunzip(member.subarray(0, end), bounds)).toThrow(code('GzipDamaged'))
      }
    })

    it('never gives other bytes when a bit is flipped', () => {
      const member = gzip(text)
      for (let bit = 0; bit < member.length * 8; bit++) {
        const flipped = Uint8Array.from(member)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        let given: Uint8Array = text
        try {
          given = gunzip(flipped, bounds)
        } catch (error) {
          expect(error).toEqual(refusal)
        }
        expect(Buffer.compare(given, text)).toBe(0)
      }
    })

    it('unpacks up to its bound, and not one byte beyond', () => {
      const member = gzip(text)
      expect(gunzip(member, { bytesMax: text.length }).length).toBe(text.length)
      expect(() => gunzip(member, { bytesMax: text.length - 1 })).toThrow(code('OutputTooLarge'))
      expect(() => gunzip(member, { bytesMax: 0 })).toThrow(code('OutputTooLarge'))
      expect(gunzip(gzip(new Uint8Array(0)), { bytesMax: 0 }).length).toBe(0)
    })

    it('holds a ratio against what is longer than a MiB', () => {
      const bomb = gzip(Buffer.alloc(8 * MIB))
      const bytesMax = 8 * MIB
      expect(gunzip(bomb, { bytesMax }).length).toBe(bytesMax)
      expect(() => gunzip(bomb, { bytesMax, ratioMax: 100 })).toThrow(code('OutputTooLarge'))
      expect(gunzip(gzip(Buffer.alloc(MIB)), { bytesMax, ratioMax: 2 }).length).toBe(MIB)
    })

    it('is not talked into more by a member that lies about its size', () => {
      const plain = Buffer.alloc(4 * MIB)
      const modest = memberOf(plain, { size: 10 })
      expect(() => gunzip(modest, { bytesMax: MIB })).toThrow(code('OutputTooLarge'))
      expect(() => gunzip(modest, { bytesMax: 8 * MIB })).toThrow(code('GzipDamaged'))
      const boastful = memberOf(text, { size: 0xffffffff })
      expect(() => gunzip(boastful, { bytesMax: MIB })).toThrow(code('GzipDamaged'))
    })

    test.prop([fc.uint8Array({ maxLength: 200 })])('refuses noise', (noise) => {
      const member = Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), noise])
      expect(() => gunzip(member, bounds)).toThrow(refusal)
    })

    it.each([{ bytesMax: -1 }, { bytesMax: Number.NaN }, { bytesMax: 1, ratioMax: 0 }])(
      'has no bounds %j',
      (none) => {
        expect(() => gunzip(gzip(text), none)).toThrow(code('InputInvalid'))
      },
    )
  })
}

const withHeaderCrc = (flags: number, fields: Buffer, error = 0) => {
  const head = Buffer.from([0x1f, 0x8b, 8, flags | 2, 1, 2, 3, 4, 0, 3])
  const crc = Buffer.alloc(2)
  crc.writeUInt16LE((crc32(Buffer.concat([head, fields])) & 0xffff) ^ error)
  return { flags: flags | 2, fields: Buffer.concat([fields, crc]) }
}
const extra = Buffer.from([3, 0, 9, 9, 9])
const name = Buffer.from('name\0')
const comment = Buffer.from('comment\0')

export const optionalFields = [
  { name: 'an extra field', flags: 4, fields: extra },
  { name: 'a name', flags: 8, fields: name },
  { name: 'a comment', flags: 16, fields: comment },
  { name: 'a checksum', ...withHeaderCrc(0, Buffer.alloc(0)) },
  { name: 'everything', ...withHeaderCrc(28, Buffer.concat([extra, name, comment])) },
]

export const badMembers = [
  { name: 'nothing', member: Buffer.alloc(0) },
  { name: 'text', member: text },
  { name: 'another compression method', member: withByte(2, 7) },
  { name: 'an unknown flag', member: withByte(3, 0x20) },
  { name: 'a wrong checksum', member: memberOf(text, { crc: 1 }) },
  { name: 'a size too small', member: memberOf(text, { size: text.length - 1 }) },
  { name: 'a size too large', member: memberOf(text, { size: text.length + 1 }) },
  { name: 'a wrong header checksum', member: memberOf(text, withHeaderCrc(0, Buffer.alloc(0), 1)) },
  { name: 'a name without an end', member: memberOf(text, { flags: 8 }).fill(1, 10) },
  {
    name: 'an extra field beyond the end',
    member: memberOf(text, { flags: 4 }).fill(0xff, 10, 12),
  },
  { name: 'a second member', member: Buffer.concat([memberOf(text), memberOf(text)]) },
  {
    name: 'an empty second member',
    member: Buffer.concat([memberOf(text), memberOf(Buffer.alloc(0))]),
  },
  { name: 'a byte behind it', member: Buffer.concat([memberOf(text), Buffer.from([0])]) },
  { name: 'zeros behind it', member: Buffer.concat([memberOf(text), Buffer.alloc(512)]) },
  { name: 'a byte between its parts', member: withGap() },
]

function withByte(at: number, value: number): Buffer {
  const member = memberOf(text)
  member[at] = value
  return member
}

function withGap(): Buffer {
  const member = memberOf(text)
  return Buffer.concat([member.subarray(0, -8), Buffer.from([0]), member.subarray(-8)])
}
