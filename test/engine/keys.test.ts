/** What a key handle shows, what it refuses, and how it travels. */
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import type { Engine, KeyHandle } from '../../src/engine/engine.js'
import { eachEngine, testedEngines } from '../support/engines.js'
import { fromHex, hex, sample } from './sample.js'

const NONE = new Uint8Array(0)
const RUN = { messageId: sample('id', 32), frameBytes: 16, firstFrame: 1, final: true }

/** Every call that takes a key, and another that takes a second one. */
const uses: ReadonlyArray<[string, (engine: Engine, key: KeyHandle) => unknown]> = [
  ['exportKey', (engine, key) => engine.exportKey(key, new Uint8Array(32))],
  ['shareKey', (engine, key) => engine.shareKey(key)],
  ['seal', (engine, key) => engine.seal(key, new Uint8Array(12), NONE, new Uint8Array(16))],
  ['open', (engine, key) => engine.open(key, new Uint8Array(12), NONE, new Uint8Array(16))],
  ['sealFrames', (engine, key) => engine.sealFrames(key, RUN, NONE, new Uint8Array(40))],
  ['openFrames', (engine, key) => engine.openFrames(key, RUN, new Uint8Array(40), NONE)],
  ['sealMessage', (engine, key) => engine.sealMessage(key, new Uint8Array(83 + 40), 83, 16, NONE)],
  [
    'openMessage',
    (engine, key) => engine.openMessage(key, new Uint8Array(83), 16, new Uint8Array(40), NONE),
  ],
  ['deriveMessageKey', (engine, key) => engine.deriveMessageKey(key, 0x0478, RUN.messageId)],
  ['xaesSeal', (engine, key) => engine.xaesSeal(key, new Uint8Array(24), NONE, new Uint8Array(16))],
  ['xaesOpen', (engine, key) => engine.xaesOpen(key, new Uint8Array(24), NONE, new Uint8Array(16))],
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
    expect(hex(exported(engine, key))).toBe(hex(sample('key', 32)))
    key.release()
  })

  it('is fresh each time it is generated', () => {
    const keys = Array.from({ length: 100 }, () => engine.generateKey())
    const bytes = keys.map((key) => hex(exported(engine, key)))
    expect(new Set(bytes).size).toBe(100)
    for (const key of keys) key.release()
  })

  it('has 32 bytes and no other number', () => {
    for (const size of [0, 16, 24, 31, 33, 64]) {
      expect(() => engine.importKey(new Uint8Array(size))).toThrow('broken')
      const key = engine.generateKey()
      if (size !== 32) {
        expect(() => engine.exportKey(key, new Uint8Array(size))).toThrow('broken')
      }
      key.release()
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
    expect(hex(exported(engine, key))).toBe(hex(sample('key', 32)))
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

  it('can be shared, and outlives the release of what was adopted', () => {
    const key = engine.importKey(sample('key', 32))
    const adopted = engine.adoptKey(engine.shareKey(key))
    expect(hex(exported(engine, adopted))).toBe(hex(sample('key', 32)))
    adopted.release()
    expect(() => engine.shareKey(adopted)).toThrow(expect.objectContaining({ code: 'KeyReleased' }))
    expect(hex(exported(engine, key))).toBe(hex(sample('key', 32)))
    key.release()
  })

  it('outlives the release of what it was adopted from', () => {
    const key = engine.importKey(sample('key', 32))
    const adopted = engine.adoptKey(engine.shareKey(key))
    key.release()
    expect(hex(exported(engine, adopted))).toBe(hex(sample('key', 32)))
    adopted.release()
  })

  it('goes to another thread and comes back', async () => {
    const key = engine.importKey(sample('key', 32))
    const worker = new Worker(new URL('./other-thread.mjs', import.meta.url))
    try {
      const answer = await new Promise<{ sealed: Uint8Array; made: unknown }>((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
        worker.postMessage({ engine: name, shared: engine.shareKey(key) })
      })
      const text = Uint8Array.from(answer.sealed)
      expect(engine.open(key, new Uint8Array(12), NONE, text)).toBe(true)
      expect(hex(text.subarray(0, 5))).toBe(hex(Buffer.from('there')))
      const made = engine.adoptKey(answer.made)
      expect(hex(exported(engine, made))).toBe('07'.repeat(32))
      made.release()
    } finally {
      await worker.terminate()
    }
    expect(hex(exported(engine, key))).toBe(hex(sample('key', 32)))
    key.release()
  })

  it('is adopted only from what a thread shared', () => {
    for (const stranger of [undefined, null, 'key', {}, new Uint8Array(31)]) {
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

describe.each(eachEngine)('the message key of the $name engine', ({ engine }) => {
  const messageId = sample('message id', 32)

  it.each([0x0478, 0x0578])('of suite %i is HKDF-SHA512 of the data key', (suite) => {
    const dataKey = engine.importKey(sample('data key', 32))
    const { key, commitKey } = engine.deriveMessageKey(dataKey, suite, messageId)
    const expected = new Uint8Array(32)
    const info = Buffer.concat([Buffer.from([suite >> 8, suite & 255]), Buffer.from('DERIVEKEY')])
    engine.hkdfSha512(sample('data key', 32), messageId, info, expected)
    expect(hex(exported(engine, key))).toBe(hex(expected))
    engine.hkdfSha512(sample('data key', 32), messageId, Buffer.from('COMMITKEY'), expected)
    expect(hex(commitKey)).toBe(hex(expected))
    key.release()
    expect(hex(exported(engine, dataKey))).toBe(hex(sample('data key', 32)))
    dataKey.release()
  })

  it('needs a message id of 32 bytes', () => {
    const dataKey = engine.generateKey()
    for (const size of [0, 16, 31, 33]) {
      const short = new Uint8Array(size)
      expect(() => engine.deriveMessageKey(dataKey, 0x0478, short)).toThrow('broken')
    }
    dataKey.release()
  })
})

describe.each(eachEngine)('HKDF-SHA512 of the $name engine', ({ engine }) => {
  // HMAC-SHA512 has blocks of 128 bytes and answers of 64: key, data and output on both sides of them.
  it.each([
    [0, 0, 0, 0],
    [1, 127, 127, 63],
    [32, 128, 128, 64],
    [127, 129, 129, 65],
    [128, 200, 200, 128],
    [129, 64, 1025, 129],
    [300, 32, 5000, 16_320],
  ])('takes %i bytes of key, %i of salt and %i of info and fills %i', (ikm, salt, info, size) => {
    const target = new Uint8Array(size)
    const from = testedEngines.at(-1)!
    const expected = new Uint8Array(size)
    const inputs = [sample('ikm', ikm), sample('salt', salt), sample('info', info)] as const
    engine.hkdfSha512(...inputs, target)
    from.hkdfSha512(...inputs, expected)
    expect(hex(target)).toBe(hex(expected))
  })

  it('takes an empty salt for 64 zero bytes', () => {
    const [one, other] = [new Uint8Array(100), new Uint8Array(100)]
    engine.hkdfSha512(sample('ikm', 32), NONE, NONE, one)
    engine.hkdfSha512(sample('ikm', 32), fromHex('00'.repeat(64)), NONE, other)
    expect(hex(one)).toBe(hex(other))
  })
})

function exported(engine: Engine, key: KeyHandle): Uint8Array {
  const bytes = new Uint8Array(32)
  engine.exportKey(key, bytes)
  return bytes
}
