import { setImmediate as turn } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { gunzip } from '../../src/gzip/gunzip.js'
import { GunzipStage } from '../../src/gzip/gunzip-stage.js'
import { GzipStage } from '../../src/gzip/gzip.js'
import { sample } from '../engine/sample.js'
import { fc, test } from '../support/property.js'
import { badMembers, code, memberOf, optionalFields } from './suite.js'

const MIB = 1024 * 1024
const bounds = { bytesMax: 16 * MIB }
const text = Buffer.from('{"Records":[{"eventName":"Decrypt"}]}'.repeat(40))

/** `bytes` in pieces of `size`, each a buffer of its own. */
function* pieces(bytes: Uint8Array, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size))
}

const atOnce = async () => undefined

/** What comes out of `stage`, for a reader who takes it at once; `out` has it even when that fails. */
async function passed(
  stage: GzipStage | GunzipStage,
  bytes: Iterable<Uint8Array>,
  out: Uint8Array[] = [],
): Promise<Buffer> {
  try {
    for (const piece of bytes) await stage.push(piece, out, atOnce)
    await stage.end(out, atOnce)
    return Buffer.concat(out)
  } finally {
    stage.release()
  }
}

function gunzipped(
  member: Uint8Array,
  size = member.length || 1,
  within = bounds,
): Promise<Buffer> {
  return passed(new GunzipStage(within), pieces(member, size))
}

describe('a gzip stage', () => {
  it.each([0, 1, 6, 9, 12])('of level %i makes one member of what it is given', async (level) => {
    const member = await passed(new GzipStage(level), pieces(text, 100))
    expect(Buffer.from(gunzip(member, bounds))).toEqual(text)
    expect([...member.subarray(0, 8), member[9]]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 255])
  })

  it('makes a member of nothing', async () => {
    const member = await passed(new GzipStage(), [])
    expect(gunzipSync(member).length).toBe(0)
    expect(member[9]).toBe(255)
  })

  it('makes a member of what is larger than all its buffers', async () => {
    const plain = Buffer.concat([sample('noise', 3 * MIB), Buffer.alloc(5 * MIB)])
    const member = await passed(new GzipStage(1), [plain])
    expect(Buffer.compare(gunzipSync(member), plain)).toBe(0)
  })

  it('has no level 13', () => {
    expect(() => new GzipStage(13)).toThrow(code('InputInvalid'))
  })
})

describe('a gunzip stage', () => {
  it.each([1, 2, 7, 64, 100_000])('takes a member in pieces of %i bytes', async (size) => {
    expect(await gunzipped(gzipSync(text), size)).toEqual(text)
  })

  test.prop([fc.uint8Array({ maxLength: 2000 }), fc.integer({ min: 1, max: 300 })], {
    numRuns: 50,
  })('gives back any bytes, however they arrive', async (plain, size) => {
    expect(Buffer.compare(await gunzipped(gzipSync(plain), size), plain)).toBe(0)
  })

  it('gives back what is larger than all its buffers', async () => {
    const plain = Buffer.concat([sample('noise', 2 * MIB), Buffer.alloc(5 * MIB)])
    expect(Buffer.compare(await gunzipped(gzipSync(plain), 65_536), plain)).toBe(0)
  })

  it.each(optionalFields)('takes a header with $name', async ({ flags, fields }) => {
    expect(await gunzipped(memberOf(text, { flags, fields }), 3)).toEqual(text)
  })

  it.each(badMembers)('refuses $name as damage', async ({ member }) => {
    await expect(gunzipped(member)).rejects.toThrow(code('GzipDamaged'))
    await expect(gunzipped(member, 5)).rejects.toThrow(code('GzipDamaged'))
  })

  it('refuses every cut of a member as damage', async () => {
    const member = gzipSync(text)
    for (let end = 0; end < member.length; end++) {
      await expect(gunzipped(member.subarray(0, end))).rejects.toThrow(code('GzipDamaged'))
    }
  })

  it('unpacks up to its bound, and not one byte beyond', async () => {
    const member = gzipSync(text)
    expect((await gunzipped(member, 9, { bytesMax: text.length })).length).toBe(text.length)
    const less = gunzipped(member, 9, { bytesMax: text.length - 1 })
    await expect(less).rejects.toThrow(code('OutputTooLarge'))
  })

  it('ends at its bound with little more than that unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB))
    const out: Uint8Array[] = []
    await expect(passed(new GunzipStage({ bytesMax: MIB }), [bomb], out)).rejects.toThrow(
      code('OutputTooLarge'),
    )
    expect(Buffer.concat(out).length).toBeLessThanOrEqual(MIB)
  })

  it('holds a ratio against what is longer than a MiB', async () => {
    const bomb = gzipSync(Buffer.alloc(8 * MIB))
    const strict = { ...bounds, ratioMax: 100 }
    await expect(gunzipped(bomb, 512, strict)).rejects.toThrow(code('OutputTooLarge'))
  })

  it('waits for a reader that stops, and ends when he leaves', async () => {
    const stage = new GunzipStage({ bytesMax: 64 * MIB })
    const out: Uint8Array[] = []
    let leave!: (error: Error) => void
    const never = new Promise<void>((_, reject) => {
      leave = reject
    })
    const left = expect(
      stage.push(gzipSync(Buffer.alloc(32 * MIB)), out, () => never),
    ).rejects.toThrow('he left')
    while (out.length === 0) await turn()
    for (let i = 0; i < 100; i++) await turn()
    expect(Buffer.concat(out).length).toBeLessThan(MIB)
    stage.release()
    leave(new Error('he left'))
    await left
  })

  it('that is released in the middle of its work fails', async () => {
    const stage = new GunzipStage(bounds)
    const pushed = stage.push(gzipSync(sample('noise', MIB)), [], atOnce)
    stage.release()
    await expect(pushed).rejects.toThrow()
  })

  it('has no bounds below nothing', () => {
    expect(() => new GunzipStage({ bytesMax: -1 })).toThrow(code('InputInvalid'))
  })
})
