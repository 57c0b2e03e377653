/** The synchronous cores of every stream: any way of cutting the bytes gives the same result. */

import { describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/engine.js'
import { FrameOpener } from '../../src/message/frame-opener.js'
import { FrameSealer } from '../../src/message/frame-sealer.js'
import { parseHeader } from '../../src/message/header.js'
import { sealedBodyBytes } from '../../src/message/layout.js'
import { openBody, openMessage } from '../../src/message/open.js'
import { beginMessage } from '../../src/message/seal.js'
import { eachEngine } from '../support/engines.js'
import { fc, test } from '../support/property.js'
import { foreignMessage } from './foreign-message.js'
import { countingKeys, digest, joined, piecesOf, sample } from './sample.js'

const F = 4096
const dataKey = sample('data key', 32)
const wrapped = { providerId: 'none', providerInfo: dataKey, ciphertext: dataKey }
const edges = [0, 1, F - 1, F, F + 1, 2 * F - 1, 2 * F, 2 * F + 1, 7 * F + 5]
const cuts = fc.array(fc.integer({ min: 1, max: 3 * F }), { minLength: 1, maxLength: 5 })

function newSealer(engine: Engine) {
  const key = engine.importKey(dataKey)
  const parts = { encryptionContext: {}, encryptedDataKeys: [wrapped], frameBytes: F }
  const message = beginMessage(engine, key, parts)
  key.release()
  return { sealer: new FrameSealer(engine, message), header: parseHeader(message.header)! }
}

function sealInPieces(engine: Engine, plain: Uint8Array, sizes: readonly number[]) {
  const { sealer, header } = newSealer(engine)
  const pieces: Uint8Array[] = []
  for (const piece of piecesOf(plain, sizes)) sealer.push(piece, pieces)
  sealer.end(pieces)
  sealer.release()
  return { header, body: joined(pieces) }
}

function openInPieces(engine: Engine, message: Buffer[], sizes: readonly number[]) {
  const key = engine.importKey(dataKey)
  const header = parseHeader(message[0]!)!
  const opener = new FrameOpener(engine, openMessage(engine, header, key), header)
  key.release()
  const pieces: Uint8Array[] = []
  let failure: unknown
  try {
    for (const piece of piecesOf(joined(message.slice(1)), sizes)) opener.push(piece, pieces)
    opener.end()
  } catch (error) {
    failure = error
  }
  opener.release()
  return { plain: joined(pieces), failure }
}

describe.each(eachEngine)('sealing little by little with the $name engine', ({ engine }) => {
  it.each(edges)('makes whole objects of %i bytes', (size) => {
    const plain = sample('plain', size)
    const key = engine.importKey(dataKey)
    for (const sizes of [[1000], [F], [2 * F, 1], [1_000_000]]) {
      const { header, body } = sealInPieces(engine, plain, sizes)
      expect(body).toHaveLength(sealedBodyBytes(size, F))
      const messageKey = openMessage(engine, header, key)
      expect(digest(openBody(engine, messageKey, header, body))).toBe(digest(plain))
      messageKey.release()
    }
    key.release()
  })

  test.prop([fc.nat(4 * F), cuts], { numRuns: 25 })(
    'does not depend on the pieces',
    (size, sizes) => {
      const plain = sample('plain', size)
      const { header, body } = sealInPieces(engine, plain, sizes)
      const key = engine.importKey(dataKey)
      const messageKey = openMessage(engine, header, key)
      expect(digest(openBody(engine, messageKey, header, body))).toBe(digest(plain))
      messageKey.release()
      key.release()
    },
  )

  it('lets the caller have a piece back at once', () => {
    const { sealer, header } = newSealer(engine)
    const pieces: Uint8Array[] = []
    const scratch = new Uint8Array(3000)
    for (let i = 0; i < 5; i++) sealer.push(scratch.fill(i), pieces)
    scratch.fill(0xff)
    sealer.end(pieces)
    const key = engine.importKey(dataKey)
    const messageKey = openMessage(engine, header, key)
    const plain = openBody(engine, messageKey, header, joined(pieces))
    expect(plain).toHaveLength(15_000)
    expect([0, 3000, 6000, 9000, 12_000, 14_999].map((at) => plain[at])).toEqual([0, 1, 2, 3, 4, 4])
    sealer.release()
  })

  it('gives every piece memory of its own', () => {
    const { sealer } = newSealer(engine)
    const pieces: Uint8Array[] = []
    sealer.push(sample('plain', 3 * F), pieces)
    sealer.push(sample('plain', 3 * F), pieces)
    sealer.end(pieces)
    expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(pieces.length)
    expect(pieces.every(({ buffer, length }) => buffer.byteLength === length)).toBe(true)
    sealer.release()
  })

  it('does not depend on what becomes of the header', () => {
    const key = engine.importKey(dataKey)
    const parts = { encryptionContext: {}, encryptedDataKeys: [wrapped], frameBytes: F }
    const message = beginMessage(engine, key, parts)
    const header = parseHeader(Uint8Array.from(message.header))!
    structuredClone(message.header.buffer, { transfer: [message.header.buffer as ArrayBuffer] })
    const sealer = new FrameSealer(engine, message)
    const pieces: Uint8Array[] = []
    sealer.push(sample('plain', 10), pieces)
    sealer.end(pieces)
    const messageKey = openMessage(engine, header, key)
    const opened = openBody(engine, messageKey, header, joined(pieces))
    expect(digest(opened)).toBe(digest(sample('plain', 10)))
    sealer.release()
  })

  it('seals no more once it is released', () => {
    const { engine: counting, keysHeld } = countingKeys(engine)
    const { sealer } = newSealer(counting)
    sealer.release()
    expect(keysHeld()).toBe(0)
    const released = expect.objectContaining({ code: 'KeyReleased' })
    expect(() => sealer.push(sample('plain', 2 * F), [])).toThrow(released)
  })
})

describe.each(eachEngine)('opening little by little with the $name engine', ({ engine }) => {
  const shapes = fc.record({
    size: fc.nat(70),
    frameBytes: fc.integer({ min: 1, max: 40 }),
    emptyFinal: fc.boolean(),
  })
  const smallCuts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 })
  const message = (size: number, more: { frameBytes: number; emptyFinal?: boolean }) =>
    foreignMessage({ dataKey, plain: sample('plain', size), ...more })

  test.prop([shapes, smallCuts], { numRuns: 60 })(
    'does not depend on the pieces',
    (shape, sizes) => {
      const emptyFinal = shape.emptyFinal && shape.size % shape.frameBytes === 0
      const opened = openInPieces(engine, message(shape.size, { ...shape, emptyFinal }), sizes)
      expect(opened.failure).toBeUndefined()
      expect(digest(opened.plain)).toBe(digest(sample('plain', shape.size)))
    },
  )

  test.prop([fc.integer({ min: 1, max: 5 }), fc.nat(), smallCuts], { numRuns: 60 })(
    'gives exactly the frames before a damaged one',
    (frame, at, sizes) => {
      const parts = message(5 * 16, { frameBytes: 16 })
      const target = parts[frame]!
      target[at % target.length]! ^= 0x10
      const { plain, failure } = openInPieces(engine, parts, sizes)
      expect(digest(plain)).toBe(digest(sample('plain', (frame - 1) * 16)))
      expect(failure).toMatchObject({ code: 'ObjectDamaged', detail: { frame } })
    },
  )

  it.each([[[1]], [[33]], [[500]]])('in pieces of %j ends in an error at any cut', (sizes) => {
    const parts = message(40, { frameBytes: 16 })
    const body = joined(parts.slice(1))
    for (let size = 0; size < body.length; size++) {
      const cut = [parts[0]!, Buffer.from(body.subarray(0, size))]
      const { plain, failure } = openInPieces(engine, cut, sizes)
      expect(digest(plain)).toBe(digest(sample('plain', Math.min(2, Math.floor(size / 48)) * 16)))
      expect(failure).toMatchObject({ code: 'ObjectDamaged' })
    }
  })

  it('ends in an error when anything follows the final frame', () => {
    const parts = message(20, { frameBytes: 16 })
    for (const sizes of [[1], [500]]) {
      const { plain, failure } = openInPieces(engine, [...parts, Buffer.from([0])], sizes)
      expect(digest(plain)).toBe(digest(sample('plain', 20)))
      expect(failure).toMatchObject({ code: 'ObjectDamaged' })
    }
  })

  it('gives every piece memory of its own, also that of the reader is not kept', () => {
    const parts = message(50, { frameBytes: 16 })
    const key = engine.importKey(dataKey)
    const header = parseHeader(parts[0]!)!
    const opener = new FrameOpener(engine, openMessage(engine, header, key), header)
    const pieces: Uint8Array[] = []
    const scratch = new Uint8Array(10)
    for (const piece of piecesOf(joined(parts.slice(1)), [10])) {
      scratch.set(piece)
      opener.push(scratch.subarray(0, piece.length), pieces)
      scratch.fill(0xff)
    }
    opener.end()
    expect(digest(joined(pieces))).toBe(digest(sample('plain', 50)))
    expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(4)
    opener.release()
  })
})
