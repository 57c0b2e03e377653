/** Runs of frames: equal to frames sealed one by one, and no damage gets past. */

import { describe, expect, it } from 'vitest'
import type { Engine, FrameRun, KeyHandle } from '../../src/engine/engine.js'
import { eachEngine } from '../support/engines.js'
import { fc, test } from '../support/property.js'
import { flipped, hex, joined, sample, shared } from './sample.js'

const MESSAGE_ID = sample('message id', 32)
const FRAME_BYTES = 64
/** Sequence number, IV and tag; the final frame has its marker and length too. */
const SEALED_FRAME_BYTES = FRAME_BYTES + 32
const RUN: FrameRun = {
  messageId: MESSAGE_ID,
  frameBytes: FRAME_BYTES,
  firstFrame: 1,
  final: true,
}

const sizes = [0, 1, 63, 64, 65, 127, 128, 129, 640, 1000]

describe.each(eachEngine)('a run of frames of the $name engine', ({ engine }) => {
  it.each(sizes)('of %i bytes is its frames, sealed one by one', (size) => {
    const key = engine.importKey(sample('key', 32))
    const plain = sample('plain', size)
    const sealed = sealRun(engine, key, RUN, plain)
    expect(hex(sealed)).toBe(hex(sealedOneByOne(engine, key, RUN, plain)))
    const target = new Uint8Array(size).fill(0xaa)
    expect(engine.openFrames(key, RUN, sealed, target)).toBe(Math.max(1, Math.ceil(size / 64)))
    expect(hex(target)).toBe(hex(plain))
    key.release()
  })

  it('may begin and end inside a message', () => {
    const key = engine.importKey(sample('key', 32))
    const plain = sample('plain', 5 * FRAME_BYTES + 9)
    const cut = 2 * FRAME_BYTES
    const head = { ...RUN, final: false }
    const tail = { ...RUN, firstFrame: 3 }
    const whole = sealRun(engine, key, RUN, plain)
    const halves = joined(
      sealRun(engine, key, head, plain.subarray(0, cut)),
      sealRun(engine, key, tail, plain.subarray(cut)),
    )
    expect(hex(halves)).toBe(hex(whole))
    const target = new Uint8Array(plain.length - cut)
    expect(engine.openFrames(key, tail, whole.subarray(2 * SEALED_FRAME_BYTES), target)).toBe(4)
    expect(hex(target)).toBe(hex(plain.subarray(cut)))
    key.release()
  })

  it('of no frames is empty', () => {
    const key = engine.generateKey()
    const run = { ...RUN, final: false }
    const none = new Uint8Array(0)
    engine.sealFrames(key, run, none, none)
    expect(engine.openFrames(key, run, none, none)).toBe(0)
    key.release()
  })

  it('has an empty final frame when another writer left one', () => {
    const key = engine.generateKey()
    const run = { ...RUN, firstFrame: 4 }
    const none = new Uint8Array(0)
    expect(engine.openFrames(key, run, sealRun(engine, key, run, none), none)).toBe(1)
    key.release()
  })

  it('opens under the stored IV, whatever it is', () => {
    const key = engine.importKey(sample('key', 32))
    const plain = sample('plain', 20)
    const iv = sample('iv', 12)
    const sealed = sealedOneByOne(engine, key, RUN, plain, iv)
    const target = new Uint8Array(20)
    expect(engine.openFrames(key, RUN, sealed, target)).toBe(1)
    expect(hex(target)).toBe(hex(plain))
    key.release()
  })

  it('reaches the last sequence number and not beyond', () => {
    const key = engine.generateKey()
    const run = { ...RUN, firstFrame: 0xfffffffe }
    const plain = sample('plain', FRAME_BYTES + 1)
    const sealed = sealRun(engine, key, run, plain)
    expect(hex(sealed.subarray(0, 4))).toBe('fffffffe')
    expect(hex(sealed.subarray(SEALED_FRAME_BYTES, SEALED_FRAME_BYTES + 8))).toBe('ff'.repeat(8))
    expect(engine.openFrames(key, run, sealed, new Uint8Array(plain.length))).toBe(2)
    for (const firstFrame of [0xffffffff, 2 ** 32]) {
      expect(() => sealRun(engine, key, { ...run, firstFrame }, plain)).toThrow('broken')
    }
    const middle = { ...run, firstFrame: 0xffffffff, final: false }
    expect(() => sealRun(engine, key, middle, plain.subarray(0, FRAME_BYTES))).toThrow('broken')
    key.release()
  })

  it.each([
    ['at odd addresses', (bytes: Uint8Array) => joined(Uint8Array.of(0), bytes).subarray(1)],
    ['in shared memory', shared],
  ])('of full size works %s', (_, placed) => {
    const key = engine.importKey(sample('key', 32))
    const run = { ...RUN, frameBytes: 65_536 }
    const plain = sample('large', 4 * 65_536 + 7)
    const sealed = placed(new Uint8Array(plain.length + 5 * 32 + 8))
    engine.sealFrames(key, run, placed(plain), sealed)
    expect(Buffer.compare(sealed, sealedOneByOne(engine, key, run, plain))).toBe(0)
    const target = placed(new Uint8Array(plain.length))
    expect(engine.openFrames(key, run, sealed, target)).toBe(5)
    expect(Buffer.compare(target, plain)).toBe(0)
    key.release()
  })

  it('writes to the memory it was given and to nothing beside it', () => {
    const key = engine.generateKey()
    const plain = sample('plain', 100)
    const memory = new Uint8Array(400).fill(0xaa)
    engine.sealFrames(key, RUN, plain, memory.subarray(100, 100 + 100 + 72))
    const untouched = joined(memory.subarray(0, 100), memory.subarray(272))
    expect(untouched.every((byte) => byte === 0xaa)).toBe(true)
    const target = new Uint8Array(300).fill(0xaa)
    engine.openFrames(key, RUN, memory.subarray(100, 272), target.subarray(100, 200))
    const around = joined(target.subarray(0, 100), target.subarray(200))
    expect(around.every((byte) => byte === 0xaa)).toBe(true)
    key.release()
  })

  test.prop([fc.nat(700), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 31 })])(
    'survives sealing, for any size, frame length and place',
    (size, frameBytes, firstFrame) => {
      const key = engine.importKey(sample('key', 32))
      const run = { ...RUN, frameBytes, firstFrame }
      const plain = sample('plain', size)
      const sealed = sealRun(engine, key, run, plain)
      const target = new Uint8Array(size)
      const frames = engine.openFrames(key, run, sealed, target)
      expect(frames).toBe(Math.max(1, Math.ceil(size / frameBytes)))
      expect(hex(target)).toBe(hex(plain))
      key.release()
    },
  )
})

describe.each(eachEngine)('a damaged run of the $name engine', ({ engine }) => {
  const key = engine.importKey(sample('key', 32))
  const plain = sample('plain', 3 * FRAME_BYTES + 10)
  const sealed = sealRun(engine, key, RUN, plain)
  const frame = (index: number) =>
    sealed.subarray(
      index * SEALED_FRAME_BYTES,
      Math.min((index + 1) * SEALED_FRAME_BYTES, sealed.length),
    )

  /** Exactly `genuine` frames open, and nothing shows of the others. */
  function expectOpens(damaged: Uint8Array, genuine: number, run = RUN, size = plain.length) {
    const target = new Uint8Array(size).fill(0xaa)
    expect(engine.openFrames(key, run, damaged, target)).toBe(genuine)
    const shown = Math.min(genuine * FRAME_BYTES, size)
    expect(hex(target.subarray(0, shown))).toBe(hex(plain.subarray(0, shown)))
    expect(target.subarray(shown).every((byte) => byte === 0)).toBe(true)
  }

  it('ends before the frame that holds a flipped bit, be it marker, number, IV, length, text or tag', () => {
    expectOpens(sealed, 4)
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      expectOpens(flipped(sealed, bit), Math.floor(bit / 8 / SEALED_FRAME_BYTES))
    }
  })

  it('ends before frames that changed places', () => {
    expectOpens(joined(frame(1), frame(0), frame(2), frame(3)), 0)
    expectOpens(joined(frame(0), frame(2), frame(1), frame(3)), 1)
  })

  it('ends before a frame that stands for a dropped one', () => {
    expectOpens(joined(frame(0), frame(2), frame(3)), 1, RUN, plain.length - FRAME_BYTES)
    expectOpens(joined(frame(1), frame(2), frame(3)), 0, RUN, plain.length - FRAME_BYTES)
  })

  it('ends before a repeated frame', () => {
    expectOpens(joined(frame(0), frame(0), frame(2), frame(3)), 1)
    expectOpens(joined(frame(0), frame(1), frame(1), frame(3)), 2)
    expectOpens(
      joined(frame(0), frame(1), frame(2), frame(2), frame(3)),
      3,
      RUN,
      plain.length + FRAME_BYTES,
    )
  })

  it('ends before a frame of another message, and before one of another key', () => {
    const foreign = sealRun(engine, key, { ...RUN, messageId: sample('other id', 32) }, plain)
    const otherKey = engine.importKey(sample('other key', 32))
    const forged = sealRun(engine, otherKey, RUN, plain)
    for (const other of [foreign, forged]) {
      const glued = Uint8Array.from(sealed)
      glued.set(other.subarray(SEALED_FRAME_BYTES, 2 * SEALED_FRAME_BYTES), SEALED_FRAME_BYTES)
      expectOpens(glued, 1)
    }
    otherKey.release()
  })

  it('does not take the middle of a message for its end, nor the end for the middle', () => {
    const middle = sealRun(engine, key, { ...RUN, final: false }, plain.subarray(0, FRAME_BYTES))
    expectOpens(middle, 0, RUN, FRAME_BYTES - 8)
    const end = sealRun(engine, key, RUN, plain.subarray(0, FRAME_BYTES - 8))
    expectOpens(end, 0, { ...RUN, final: false }, FRAME_BYTES)
    // Marked as final by hand, with the right number and length: only the tag can tell.
    const marked = joined(
      Uint8Array.of(255, 255, 255, 255),
      frame(0).subarray(0, 16),
      Uint8Array.of(0, 0, 0, FRAME_BYTES),
      frame(0).subarray(16),
    )
    expectOpens(marked, 0, RUN, FRAME_BYTES)
  })

  it('is refused by invariant when its sizes do not fit each other', () => {
    const open = (run: FrameRun, from: Uint8Array, size: number) =>
      engine.openFrames(key, run, from, new Uint8Array(size))
    const seal = (run: FrameRun, size: number, sealedBytes: number) =>
      engine.sealFrames(key, run, new Uint8Array(size), new Uint8Array(sealedBytes))
    for (const off of [-1, 1, 8, -8]) {
      expect(() => open(RUN, sealed, plain.length + off)).toThrow('broken')
      expect(() => seal(RUN, plain.length, sealed.length + off)).toThrow('broken')
    }
    expect(() => seal({ ...RUN, final: false }, 65, 65 + 2 * 32)).toThrow('broken')
    expect(() => open({ ...RUN, final: false }, new Uint8Array(65 + 2 * 32), 65)).toThrow('broken')
    for (const run of [
      { ...RUN, frameBytes: 0 },
      { ...RUN, frameBytes: -64 },
      { ...RUN, frameBytes: 64.5 },
      { ...RUN, firstFrame: 0 },
      { ...RUN, firstFrame: -1 },
      { ...RUN, firstFrame: 1.5 },
      { ...RUN, firstFrame: 2 ** 32 },
      { ...RUN, messageId: MESSAGE_ID.subarray(1) },
      { ...RUN, messageId: new Uint8Array(33) },
    ]) {
      expect(() => seal(run, 10, 50)).toThrow('broken')
      expect(() => open(run, new Uint8Array(50), 10)).toThrow('broken')
    }
  })
})

function sealRun(engine: Engine, key: KeyHandle, run: FrameRun, plain: Uint8Array): Uint8Array {
  const frames = Math.ceil(plain.length / run.frameBytes) || (run.final ? 1 : 0)
  const sealed = new Uint8Array(plain.length + frames * 32 + (run.final ? 8 : 0)).fill(0xaa)
  engine.sealFrames(key, run, plain, sealed)
  return sealed
}

/** The same from docs/FORMAT.md §2 and the engine's seal alone. */
function sealedOneByOne(
  engine: Engine,
  key: KeyHandle,
  run: FrameRun,
  plain: Uint8Array,
  iv?: Uint8Array,
): Uint8Array {
  const parts: Uint8Array[] = []
  const count = Math.max(1, Math.ceil(plain.length / run.frameBytes))
  for (let index = 0; index < count; index++) {
    const text = plain.slice(index * run.frameBytes, (index + 1) * run.frameBytes)
    const isFinal = index === count - 1
    const number = u32(run.firstFrame + index)
    const nonce = iv ?? joined(u32(0), u32(0), number)
    const content = `AWSKMSEncryptionClient ${isFinal ? 'Final ' : ''}Frame`
    const aad = joined(run.messageId, Buffer.from(content), number, u32(0), u32(text.length))
    const tag = new Uint8Array(16)
    const size = u32(text.length)
    engine.seal(key, nonce, aad, text, tag)
    if (isFinal) parts.push(u32(0xffffffff), number, nonce, size, text, tag)
    else parts.push(number, nonce, text, tag)
  }
  return joined(...parts)
}

function u32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
