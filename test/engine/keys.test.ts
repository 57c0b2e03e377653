/** What a key handle shows, what it refuses, and how it travels. */
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import type { Engine, KeyHandle } from '../../src/engine/engine.js'
import { eachEngine, testedEngines } from '../support/engines.js'
import { bytesOf, hex, sample } from './sample.js'

const NONE = new Uint8Array(0)
const RUN = { messageId: sample('id', 32), frameBytes: 16, firstFrame: 1, final: true }

/** Every call that takes a key, and another that takes a second one. */
const uses: ReadonlyArray<[string, (engine: Engine, key: KeyHandle) => unknown]> = [
  ['cloneKey', (engine, key) => engine.cloneKey(key).release()],
  ['shareKey', (engine, key) => engine.shareKey(key).end()],
  ['seal', (engine, key) => engine.seal(key, new Uint8Array(12), NONE, new Uint8Array(16))],
  ['open', (engine, key) => engine.open(key, new Uint8Array(12), NONE, new Uint8Array(16))],
  ['sealFrames', (engine, key) => engine.sealFrames(key, RUN, NONE, new Uint8Array(40))],
  ['openFrames', (engine, key) => engine.openFrames(key, RUN, new Uint8Array(40), NONE)],
  ['sealMessage', (engine, key) => engine.sealMessage(key, new Uint8Array(83 + 40), 83, 16, NONE)],
  [
    'openMessage',
    (engine, key) => engine.openMessage(key, new Uint8Array(83), 16, new Uint8Array(40), NONE),
  ],
  ['sealHeader', (engine, key) => engine.sealHeader(key, new Uint8Array(83)).release()],
  ['openHeader', (engine, key) => engine.openHeader(key, new Uint8Array(83))?.release()],
  ['xaesCommitment', (engine, key) => engine.xaesCommitment(key, new Uint8Array(24))],
  ['wrap', (engine, key) => engine.wrap(key, new Uint8Array(128), NONE)],
  [
    'wrapKey, as the wrapping key',
    (engine, key) => engine.wrapKey(key, engine.generateKey(), new Uint8Array(128), NONE),
  ],
  [
    'wrapKey, as the wrapped key',
    (engine, key) => engine.wrapKey(engine.generateKey(), key, new Uint8Array(128), NONE),
  ],
  ['unwrap', (engine, key) => engine.unwrap(key, new Uint8Array(128), NONE)],
  ['unwrapKey', (engine, key) => engine.unwrapKey(key, new Uint8Array(128), NONE)],
  [
    'generateDataKeys',
    (engine, key) => engine.generateDataKeys(key, new Uint8Array(256), 128, NONE, undefined),
  ],
  [
    'unwrapMany',
    (engine, key) =>
      engine.unwrapMany(
        key,
        new Uint8Array(128),
        Uint32Array.of(128),
        NONE,
        Uint32Array.of(0),
        new Uint8Array(1),
      ),
  ],
]

describe.each(eachEngine)('a key of the $name engine', ({ name, engine }) => {
  it('is a copy of the 32 bytes it was made from', () => {
    const bytes = sample('key', 32)
    const key = engine.importKey(bytes)
    bytes.fill(0)
    expect(hex(bytesOf(engine, key))).toBe(hex(sample('key', 32)))
    key.release()
  })

  it('is fresh each time it is generated', () => {
    const keys = Array.from({ length: 100 }, () => engine.generateKey())
    const bytes = keys.map((key) => hex(bytesOf(engine, key)))
    expect(new Set(bytes).size).toBe(100)
    for (const key of keys) key.release()
  })

  it('has 32 bytes and no other number', () => {
    for (const size of [0, 16, 24, 31, 33, 64]) {
      expect(() => engine.importKey(new Uint8Array(size))).toThrow('broken')
    }
  })

  it('shows the name of its engine and none of its bytes', () => {
    const bytes = sample('a secret', 32)
    const key = engine.importKey(bytes)
    engine.xaesCommitment(key, new Uint8Array(24))
    const shown = [
      String(key),
      JSON.stringify(key),
      JSON.stringify({ key }),
      inspect(key),
      inspect(key, { showHidden: true, depth: null, customInspect: false, getters: true }),
      inspect(Object.getOwnPropertyDescriptors(key), { showHidden: true, depth: null }),
    ]
    expect(key.engine).toBe(name)
    for (const text of shown.slice(0, 4)) expect(text).toContain(name)
    for (const text of shown) {
      expect(text).not.toContain(hex(bytes).slice(0, 8))
      expect(text.replace(/\s/g, '')).not.toContain([...bytes.subarray(0, 4)].join(','))
      expect(text).not.toContain(Buffer.from(bytes).toString('base64').slice(0, 8))
    }
    key.release()
  })

  it.each(uses)('serves %s, and not after its release', (_, use) => {
    const key = engine.generateKey()
    use(engine, key)
    key.release()
    expect(() => use(engine, key)).toThrow(expect.objectContaining({ code: 'KeyReleased' }))
  })

  it('may be released twice', () => {
    const key = engine.generateKey()
    key.release()
    key.release()
    expect(() => engine.shareKey(key)).toThrow(expect.objectContaining({ code: 'KeyReleased' }))
  })

  it('stays what it is while others come and go', () => {
    const key = engine.importKey(sample('key', 32))
    for (let i = 0; i < 1000; i++) {
      const other = engine.importKey(sample(`key ${i}`, 32))
      if (i % 2 === 0) other.release()
      other.release()
    }
    expect(hex(bytesOf(engine, key))).toBe(hex(sample('key', 32)))
    key.release()
  })

  it.each(uses)('is refused by every other engine: %s', (_, use) => {
    const strangers = testedEngines.filter((other) => other !== engine)
    for (const other of strangers) {
      const key = other.generateKey()
      expect(() => use(engine, key)).toThrow('broken')
      key.release()
    }
    expect(() => use(engine, { engine: name, release() {} })).toThrow('broken')
  })

  it.each(['the clone', 'the original'])('outlives the release of %s', (which) => {
    const key = engine.importKey(sample('key', 32))
    const clone = engine.cloneKey(key)
    const [gone, left] = which === 'the clone' ? [clone, key] : [key, clone]
    gone.release()
    expect(() => engine.cloneKey(gone)).toThrow(expect.objectContaining({ code: 'KeyReleased' }))
    expect(hex(bytesOf(engine, left))).toBe(hex(sample('key', 32)))
    left.release()
  })

  it('is adopted by its ticket, though it was released meanwhile', () => {
    const key = engine.importKey(sample('key', 32))
    const { ticket, end } = engine.shareKey(key)
    key.release()
    const adopted = engine.adoptKey(ticket)
    end()
    expect(hex(bytesOf(engine, adopted))).toBe(hex(sample('key', 32)))
    adopted.release()
  })

  it('goes to another thread and comes back', async () => {
    const key = engine.importKey(sample('key', 32))
    const worker = new Worker(new URL('./other-thread.mjs', import.meta.url))
    try {
      const { ticket, end } = engine.shareKey(key)
      const answer = await new Promise<{ sealed: Uint8Array; made: unknown }>((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
        worker.postMessage({ engine: name, ticket })
      })
      // The thread took it, so that a copy of it is good for nothing.
      expect(() => engine.adoptKey(ticket)).toThrow(
        expect.objectContaining({ code: 'KeyReleased' }),
      )
      end()
      const text = Uint8Array.from(answer.sealed)
      expect(engine.open(key, new Uint8Array(12), NONE, text)).toBe(true)
      expect(hex(text.subarray(0, 5))).toBe(hex(Buffer.from('there')))
      const made = engine.adoptKey(answer.made)
      expect(hex(bytesOf(engine, made))).toBe('07'.repeat(32))
      made.release()
    } finally {
      await worker.terminate()
    }
    expect(hex(bytesOf(engine, key))).toBe(hex(sample('key', 32)))
    key.release()
  })
})

describe.each(eachEngine)('a ticket of the $name engine', ({ engine }) => {
  const released = expect.objectContaining({ code: 'KeyReleased' })

  it('is good once', () => {
    const key = engine.generateKey()
    const { ticket, end } = engine.shareKey(key)
    engine.adoptKey(ticket).release()
    expect(() => engine.adoptKey(ticket)).toThrow(released)
    expect(() => engine.adoptKey(structuredClone(ticket))).toThrow(released)
    end()
    key.release()
  })

  it('is good for nothing once it has ended, as are its copies', () => {
    const key = engine.generateKey()
    const { ticket, end } = engine.shareKey(key)
    const copy = structuredClone(ticket)
    end()
    end()
    expect(() => engine.adoptKey(ticket)).toThrow(released)
    expect(() => engine.adoptKey(copy)).toThrow(released)
    expect(hex(bytesOf(engine, key))).toHaveLength(64)
    key.release()
  })

  it('is one of many for the same key', () => {
    const key = engine.importKey(sample('key', 32))
    const shared = Array.from({ length: 5 }, () => engine.shareKey(key))
    key.release()
    shared[3]!.end()
    for (const [i, { ticket, end }] of shared.entries()) {
      if (i === 3) {
        expect(() => engine.adoptKey(ticket)).toThrow(released)
        continue
      }
      const adopted = engine.adoptKey(ticket)
      end()
      expect(hex(bytesOf(engine, adopted))).toBe(hex(sample('key', 32)))
      adopted.release()
    }
  })

  it('shows no bytes of the key after it was taken, or has ended', () => {
    const key = engine.importKey(sample('key', 32))
    for (const isTaken of [true, false]) {
      const { ticket, end } = engine.shareKey(key)
      if (isTaken) engine.adoptKey(ticket).release()
      end()
      const claim = (ticket as { claim: unknown }).claim
      if (claim instanceof Uint8Array) expect(claim.every((byte) => byte === 0)).toBe(true)
    }
    key.release()
  })

  it('is what this engine gave, and nothing else', () => {
    const others = testedEngines.filter((other) => other !== engine)
    for (const other of others) {
      const key = other.generateKey()
      const { ticket, end } = other.shareKey(key)
      expect(() => engine.adoptKey(ticket)).toThrow('broken')
      end()
      key.release()
    }
    for (const stranger of [undefined, null, 'key', 7, {}, new Uint8Array(31)]) {
      expect(() => engine.adoptKey(stranger)).toThrow('broken')
    }
  })
})

describe.each(eachEngine)('randomness of the $name engine', ({ engine }) => {
  it.each([0, 1, 24, 65_536, 65_537, 300_001])('fills all of %i bytes', (size) => {
    const target = new Uint8Array(size + 2)
    engine.randomFill(target.subarray(1, size + 1))
    expect([target[0], target[size + 1]]).toEqual([0, 0])
    const seen = new Set<string>()
    for (let at = 1; at + 16 <= size + 1; at += 16) seen.add(hex(target.subarray(at, at + 16)))
    expect(seen.size).toBe(Math.floor(size / 16))
  })
})
