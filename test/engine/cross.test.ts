/** Engine against engine: what one writes, every other reads, and the same nonce gives the same bytes. */

import { describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/engine.js'
import { handOver } from '../../src/engine/hand-over.js'
import { countingKeys } from '../message/sample.js'
import { testedEngines } from '../support/engines.js'
import { fc, test } from '../support/property.js'
import { sealedHeader } from './reference.js'
import { bytesOf, hex, joined, sample } from './sample.js'

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size })

describe('two engines', () => {
  test.prop([bytes(32), bytes(12), bytes(24), fc.uint8Array({ maxLength: 300 }), fc.nat(2000)])(
    'seal to the same bytes under the same nonce, and open each other',
    (keyBytes, nonce, longNonce, aad, size) => {
      const plain = sample('plain', size)
      const sealed = agreedBy((engine) => {
        const key = engine.importKey(keyBytes)
        const text = joined(plain, new Uint8Array(16))
        engine.seal(key, nonce, aad, text)
        const commitment = engine.xaesCommitment(key, longNonce)
        key.release()
        return joined(text, commitment)
      })
      const opened = agreedBy((engine) => {
        const key = engine.importKey(keyBytes)
        const text = sealed.slice(0, size + 16)
        expect(engine.open(key, nonce, aad, text)).toBe(true)
        key.release()
        return text.subarray(0, size)
      })
      expect(hex(opened)).toBe(hex(plain))
    },
  )

  test.prop([
    bytes(32),
    bytes(32),
    fc.constantFrom(0x0478, 0x0578),
    fc.integer({ min: 1, max: 200 }),
    fc.nat(1000),
  ])('write the same message', (keyBytes, messageId, suite, frameBytes, size) => {
    const plain = sample('plain', size)
    const run = { messageId, frameBytes, firstFrame: 1, final: true }
    const frames = Math.max(1, Math.ceil(size / frameBytes))
    const header = sealedHeader(keyBytes, suite, messageId)
    const body = agreedBy((engine) => {
      const dataKey = engine.importKey(keyBytes)
      const key = engine.openHeader(dataKey, header)!
      const sealed = new Uint8Array(size + 32 * frames + 8)
      engine.sealFrames(key, run, plain, sealed)
      dataKey.release()
      key.release()
      return sealed
    })
    agreedBy((engine) => {
      const dataKey = engine.importKey(keyBytes)
      const key = engine.openHeader(dataKey, header)!
      const target = new Uint8Array(size)
      expect(engine.openFrames(key, run, body, target)).toBe(frames)
      dataKey.release()
      key.release()
      return target
    })
  })

  test.prop([bytes(32), bytes(24), fc.uint8Array({ maxLength: 300 }), bytes(32)])(
    'unwrap what the other wrapped, alone and in batches',
    (keyBytes, header, context, inner) => {
      for (const writer of testedEngines) {
        const key = writer.importKey(keyBytes)
        const blob = joined(header, new Uint8Array(56), inner, new Uint8Array(16))
        writer.wrap(key, blob, context)
        const generated = new Uint8Array(2 * 128)
        const plain = new Uint8Array(2 * 32)
        writer.generateDataKeys(key, generated, 128, context, plain)
        key.release()
        const expected = hex(joined(inner, plain))
        agreedBy((reader) => {
          const blobs = joined(blob, generated)
          const opened = new Uint8Array(3)
          const readersKey = reader.importKey(keyBytes)
          const contexts = joined(context, context, context)
          const contextEnds = Uint32Array.of(1, 2, 3).map((count) => count * context.length)
          const blobEnds = Uint32Array.of(128, 256, 384)
          reader.unwrapMany(readersKey, blobs, blobEnds, contexts, contextEnds, opened)
          readersKey.release()
          expect([...opened]).toEqual([1, 1, 1])
          const texts = [80, 208, 336].map((at) => blobs.subarray(at, at + 32))
          expect(hex(joined(...texts))).toBe(expected)
          return joined(...texts)
        })
      }
    },
  )
})

describe('a key handed over', () => {
  const pairs = testedEngines.flatMap((from) => testedEngines.map((to) => ({ from, to })))

  it.each(pairs)('is the same key: from $from.name to $to.name', ({ from, to }) => {
    const key = from.importKey(sample('key', 32))
    const moved = handOver(key, from, to)
    expect(moved.engine).toBe(to.name)
    key.release()
    expect(hex(bytesOf(to, moved))).toBe(hex(sample('key', 32)))
    moved.release()
  })

  it.each(pairs)('must not have been released: from $from.name to $to.name', ({ from, to }) => {
    const key = from.generateKey()
    key.release()
    expect(() => handOver(key, from, to)).toThrow(expect.objectContaining({ code: 'KeyReleased' }))
  })

  it('shows its bytes to nobody, and leaves no other key behind', () => {
    const [from, to] = [countingKeys(testedEngines.at(-1)!), countingKeys(testedEngines.at(-2)!)]
    const key = from.engine.importKey(sample('key', 32))
    const seen: string[] = []
    const watching: Engine = {
      ...to.engine,
      importKey(bytes) {
        seen.push(hex(bytes))
        return to.engine.importKey(bytes)
      },
    }
    handOver(key, from.engine, watching).release()
    key.release()
    expect(seen).toHaveLength(1)
    expect(seen).not.toContain(hex(sample('key', 32)))
    expect([from.keysHeld(), to.keysHeld()]).toEqual([0, 0])
  })

  it('leaves no bytes on its way, even when the other side fails', () => {
    const [engine] = testedEngines
    const key = engine!.importKey(sample('key', 32))
    let way: Uint8Array | undefined
    const failing: Engine = {
      ...testedEngines.at(-1)!,
      importKey(bytes) {
        way = bytes
        throw new Error('no room')
      },
    }
    expect(() => handOver(key, engine!, failing)).toThrow('no room')
    expect(hex(way!)).toBe('00'.repeat(32))
    key.release()
  })
})

/** What `run` gives, when it gives the same in every engine. */
function agreedBy(run: (engine: Engine) => Uint8Array): Uint8Array {
  const answers = testedEngines.map(run)
  for (const answer of answers) expect(hex(answer)).toBe(hex(answers[0]!))
  return answers[0]!
}
