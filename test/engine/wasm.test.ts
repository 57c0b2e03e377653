/**
 * What only the Wasm engine promises: a bounded memory that is zero between calls, keys in slots, and a
 * sentence when it cannot be loaded.
 *
 * Its answers are tested with those of the other engines in the files beside; here are the lengths at which
 * its kernels and its window change.
 */
import { createCipheriv } from 'node:crypto'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Engine, KeyHandle } from '../../src/engine/engine.js'
import { openNodeEngine } from '../../src/engine/node/node.js'
import type { WasmCalls } from '../../src/engine/wasm/machine.js'
import { openWasmEngine } from '../../src/engine/wasm/wasm.js'
import { sealedHeader } from './reference.js'
import { bytesOf, flipped, joined, sample } from './sample.js'

declare const WebAssembly: {
  Module: { new (bytes: Uint8Array): object; imports(module: object): unknown[] }
  Instance: new (module: object) => { readonly exports: unknown }
  validate(bytes: Uint8Array): boolean
}

const NONCE = sample('nonce', 12)
const CONTEXT = sample('context', 200)
const NONE = new Uint8Array(0)

/** An engine, and the calls and the memory behind it. */
function openWatched(): { engine: Engine; calls: WasmCalls; memory: () => Uint8Array } {
  let calls: WasmCalls | undefined
  const { Instance } = WebAssembly
  WebAssembly.Instance = class extends Instance {
    constructor(module: object) {
      super(module)
      calls = this.exports as WasmCalls
    }
  }
  try {
    const engine = openWasmEngine()
    const opened = calls!
    return { engine, calls: opened, memory: () => new Uint8Array(opened.memory.buffer) }
  } finally {
    WebAssembly.Instance = Instance
  }
}

/** What may change from call to call: unused random bytes, and the slots of keys. */
function sparing(memory: Uint8Array, { KEYS, RANDOM, RANDOM_BYTES }: WasmCalls): Uint8Array {
  return memory.slice(0, KEYS.value).fill(0, RANDOM.value, RANDOM.value + RANDOM_BYTES.value)
}

const RUN = { messageId: sample('id', 32), frameBytes: 700, firstFrame: 1, final: true }
const FORGED = sample('forged', 128)
const HEADER = sealedHeader(sample('key', 32), 0x0478, RUN.messageId)

/** Every call that brings secrets into the window, both ways out of it, short and in pieces. */
const uses: ReadonlyArray<[string, (engine: Engine, key: KeyHandle) => unknown]> = [
  ['seal', (engine, key) => engine.seal(key, NONCE, CONTEXT, sample('text', 100))],
  ['seal, bitsliced', (engine, key) => engine.seal(key, NONCE, CONTEXT, sample('text', 1001))],
  ['seal, in pieces', (engine, key) => engine.seal(key, NONCE, CONTEXT, sample('t', 200_003))],
  ['open', opened(100)],
  ['open, in pieces', opened(200_003)],
  ['open, refused', (engine, key) => engine.open(key, NONCE, CONTEXT, sample('text', 1001))],
  [
    'open, refused in pieces',
    (engine, key) => engine.open(key, NONCE, CONTEXT, sample('t', 200_003)),
  ],
  ['xaesCommitment', (engine, key) => engine.xaesCommitment(key, sample('n', 24))],
  ['sealFrames', (engine, key) => sealedRun(engine, key)],
  [
    'openFrames',
    (engine, key) => engine.openFrames(key, RUN, sealedRun(engine, key), new Uint8Array(2000)),
  ],
  ['wrap', (engine, key) => engine.wrap(key, sample('blob', 128), CONTEXT)],
  [
    'wrap, the longest',
    (engine, key) => engine.wrap(key, sample('blob', 4192), sample('c', 65_535)),
  ],
  ['wrapKey', (engine, key) => engine.wrapKey(key, key, sample('blob', 128), CONTEXT)],
  ['unwrap', (engine, key) => engine.unwrap(key, wrapped(engine, key), CONTEXT)],
  ['unwrap, refused', (engine, key) => engine.unwrap(key, Uint8Array.from(FORGED), CONTEXT)],
  [
    'unwrap, wrong tag',
    (engine, key) => engine.unwrap(key, flipped(wrapped(engine, key), 1000), CONTEXT),
  ],
  ['unwrapKey', (engine, key) => engine.unwrapKey(key, wrapped(engine, key), CONTEXT)?.release()],
  ['unwrapKey, refused', (engine, key) => engine.unwrapKey(key, FORGED, CONTEXT)],
  [
    'generateDataKeys',
    (engine, key) =>
      engine.generateDataKeys(key, new Uint8Array(512), 128, CONTEXT, new Uint8Array(128)),
  ],
  [
    'sealMessage',
    (engine, key) =>
      engine.sealMessage(key, new Uint8Array(83 + 140), 83, 64, sample('p', 100 - 32)),
  ],
  ['sealHeader', (engine, key) => engine.sealHeader(key, new Uint8Array(83)).release()],
  ['openHeader', (engine, key) => engine.openHeader(key, HEADER)!.release()],
  ['openHeader, refused', (engine, key) => engine.openHeader(key, sample('header', 83))],
  ['importKey', (engine) => engine.importKey(sample('other', 32)).release()],
  ['generateKey', (engine) => engine.generateKey().release()],
  ['cloneKey', (engine, key) => engine.cloneKey(key).release()],
  ['adoptKey', (engine, key) => engine.adoptKey(engine.shareKey(key).ticket).release()],
]

function opened(size: number) {
  return (engine: Engine, key: KeyHandle) => {
    const text = sample('text', size + 16)
    engine.seal(key, NONCE, CONTEXT, text)
    expect(engine.open(key, NONCE, CONTEXT, text)).toBe(true)
  }
}

function sealedRun(engine: Engine, key: KeyHandle): Uint8Array {
  const sealed = new Uint8Array(2000 + 3 * 32 + 8)
  engine.sealFrames(key, RUN, sample('plain', 2000), sealed)
  return sealed
}

function wrapped(engine: Engine, key: KeyHandle): Uint8Array {
  const blob = sample('blob', 128)
  engine.wrap(key, blob, CONTEXT)
  return blob
}

describe('the memory of the wasm engine', () => {
  it.each(uses)('is as it was after %s, but for keys and unused random bytes', (_, use) => {
    const { engine, calls, memory } = openWatched()
    const before = sparing(memory(), calls)
    const key = engine.importKey(sample('key', 32))
    use(engine, key)
    expect(Buffer.compare(sparing(memory(), calls), before)).toBe(0)
    // The key is where it should be, so that its absence elsewhere tells something.
    expect(Buffer.from(memory()).includes(Buffer.from(sample('key', 32)))).toBe(true)
    key.release()
    expect(
      memory()
        .subarray(calls.KEYS.value)
        .every((byte) => byte === 0),
    ).toBe(true)
  })

  it('holds no random byte that was used', () => {
    const { engine, memory } = openWatched()
    const used: Uint8Array[] = []
    const key = engine.generateKey()
    for (let i = 0; i < 100; i++) {
      const bytes = new Uint8Array(32)
      engine.randomFill(bytes)
      used.push(bytes, wrapped(engine, key).subarray(24, 48))
    }
    const left = Buffer.from(memory())
    for (const bytes of used) expect(left.includes(Buffer.from(bytes.subarray(0, 8)))).toBe(false)
    key.release()
  })

  it('does not grow with the text', () => {
    const { engine, memory } = openWatched()
    const size = memory().length
    expect(size).toBeLessThanOrEqual(256 * 1024)
    const key = engine.generateKey()
    engine.seal(key, NONCE, NONE, new Uint8Array(8 * 1024 * 1024))
    expect(memory().length).toBe(size)
    key.release()
  })

  it('grows with the keys that are held, and not with those that were', () => {
    const { engine, memory } = openWatched()
    const hold = () => {
      const keys = Array.from({ length: 2000 }, (_, i) => engine.importKey(sample(`key ${i}`, 32)))
      keys.forEach((key, i) => {
        expect(bytesOf(engine, key)).toEqual(sample(`key ${i}`, 32))
      })
      expect(engine.unwrap(keys[0]!, wrapped(engine, keys[0]!), CONTEXT)).toBe(true)
      for (const key of keys) key.release()
    }
    const start = memory().length
    hold()
    const size = memory().length
    expect(size).toBeGreaterThan(start)
    for (let i = 0; i < 3; i++) hold()
    expect(memory().length).toBe(size)
  })

  it('loses the keys whose handles were lost', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const { engine, calls, memory } = openWatched()
    for (let i = 0; i < 50; i++) engine.generateKey()
    const isEmpty = () =>
      memory()
        .subarray(calls.KEYS.value)
        .every((byte) => byte === 0)
    expect(isEmpty()).toBe(false)
    for (let i = 0; i < 100 && !isEmpty(); i++) {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(isEmpty()).toBe(true)
  })
})

describe('a text of the wasm engine', () => {
  const engine = openWasmEngine()
  const key = engine.importKey(sample('key', 32))

  function expectSealed(size: number, aadBytes: number) {
    const [plain, aad] = [sample('text', size), sample('aad', aadBytes)]
    const cipher = createCipheriv('aes-256-gcm', sample('key', 32), NONCE).setAAD(aad)
    const expected = joined(cipher.update(plain), cipher.final(), cipher.getAuthTag())
    const text = joined(plain, new Uint8Array(16))
    engine.seal(key, NONCE, aad, text)
    expect(Buffer.compare(text, expected)).toBe(0)
    expect(engine.open(key, NONCE, aad, text)).toBe(true)
    expect(Buffer.compare(text.subarray(0, size), plain)).toBe(0)
  }

  it('is right at every length at which the kernels change', () => {
    for (let size = 0; size < 1200; size++) expectSealed(size, size % 7)
    for (let aadBytes = 0; aadBytes < 1200; aadBytes++) expectSealed(aadBytes % 5, aadBytes)
  })

  it('is right at every length at which the window is full', () => {
    const { calls } = openWatched()
    const full = calls.WINDOW_BYTES.value
    for (let off = -40; off <= 40; off++) {
      expectSealed(full + off, 0)
      expectSealed(full + off - 48, 20)
      expectSealed(33, full + off)
      expectSealed(2 * full + off, full)
    }
  })
})

describe('a blob of the wasm engine', () => {
  const engine = openWasmEngine()
  const node = openNodeEngine()
  const [key, nodeKey] = [engine, node].map((one) => one.importKey(sample('key', 32)))

  it('fits the window with the longest context, and so do both at their longest', () => {
    const { calls } = openWatched()
    expect(calls.WINDOW_BYTES.value).toBeGreaterThanOrEqual(65_536 + 4192)
    const context = sample('context', 65_535)
    const blob = joined(sample('header', 80), sample('text', 4096), new Uint8Array(16))
    engine.wrap(key!, blob, context)
    const read = Uint8Array.from(blob)
    expect(node.unwrap(nodeKey!, read, context)).toBe(true)
    expect(Buffer.compare(read.subarray(80, -16), sample('text', 4096))).toBe(0)
    for (const bit of [0, 200, 400, 700, 8 * 4191]) {
      const damaged = flipped(blob, bit)
      expect(engine.unwrap(key!, damaged, context)).toBe(false)
      expect(damaged.subarray(80).every((byte) => byte === 0)).toBe(true)
    }
    expect(engine.unwrap(key!, blob, context)).toBe(true)
    expect(Buffer.compare(blob.subarray(80, -16), sample('text', 4096))).toBe(0)
  })
})

describe('the wasm engine', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    syncBuiltinESMExports()
  })

  it('is one small module that imports nothing', () => {
    const bytes = fs.readFileSync(new URL('../../wasm/sealtrail.wasm', import.meta.url))
    expect(bytes.length).toBeLessThan(32 * 1024)
    expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([])
  })

  it('does not know the keys of another', () => {
    const key = openWasmEngine().generateKey()
    expect(() => openWasmEngine().shareKey(key)).toThrow('broken')
  })

  it.each([
    ['its module is missing', new Error('ENOENT'), 'is not built'],
    ['its module is damaged', Buffer.from('no module'), 'is damaged'],
  ])('says so when %s', (_, answer, sentence) => {
    vi.spyOn(fs, 'readFileSync').mockImplementation(() => {
      if (answer instanceof Error) throw answer
      return answer
    })
    syncBuiltinESMExports()
    expectUnavailable(sentence)
  })

  it('says so when this Node has no SIMD', () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)
    expectUnavailable('needs WebAssembly with SIMD')
  })
})

function expectUnavailable(sentence: string): void {
  expect(openWasmEngine).toThrow(
    expect.objectContaining({
      code: 'EngineUnavailable',
      message: expect.stringContaining(sentence),
    }),
  )
}
