/** Node streams under hostile producers and consumers, with gzip and without: what holds however they end. */
import { once } from 'node:events'
import { type Duplex, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deflate, gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/engine.js'
import type { GunzipBounds } from '../../src/gzip/bounds.js'
import type { Keyring } from '../../src/message/keyring.js'
import { openStream, sealStream } from '../../src/message/streams/node-stream.js'
import { eachEngine } from '../support/engines.js'
import { fc, test } from '../support/property.js'
import {
  countingKeys,
  digest,
  encryptionContext,
  fixedKeyring,
  flipped,
  joined,
  piecesOf,
  sample,
} from './sample.js'
import { openWhole, sealWhole } from './whole.js'

const F = 4096
const MIB = 1024 * 1024
const dataKey = sample('data key', 32)
const keyring = fixedKeyring(dataKey)
const bounds = { bytesMax: 64 * MIB }

interface Kind {
  readonly name: string
  make(engine: Engine, keyring: Keyring): Duplex
  input(engine: Engine, plain: Uint8Array): Promise<Uint8Array>
  /** The plaintext that a whole output stands for. */
  plain(engine: Engine, output: Uint8Array): Promise<Uint8Array>
}

const sealed = (engine: Engine, plain: Uint8Array) =>
  sealWhole({ engine, keyring, encryptionContext, frameBytes: F }, plain)
const opened = async (engine: Engine, output: Uint8Array) =>
  (await openWhole({ engine, keyring, encryptionContext }, output)).plain

const sealing: Kind[] = [undefined, 1].map((gzip) => ({
  name: gzip === undefined ? 'sealing' : 'sealing and compressing',
  make: (engine, keyring) =>
    sealStream({ engine, keyring, encryptionContext, frameBytes: F }, gzip),
  input: async (_, plain) => plain,
  plain: async (engine, output) => {
    const inside = await opened(engine, output)
    return gzip === undefined ? inside : gunzipSync(inside)
  },
}))
const opening: Kind[] = [undefined, bounds].map((gunzip) => ({
  name: gunzip === undefined ? 'opening' : 'opening and unpacking',
  make: (engine, keyring) => openStream({ engine, keyring }, gunzip),
  input: (engine, plain) => sealed(engine, gunzip === undefined ? plain : gzipSync(plain)),
  plain: async (_, output) => output,
}))
const kinds = eachEngine.flatMap(({ name, engine }) =>
  [...sealing, ...opening].map((kind) => ({ engineName: name, engine, kind, name: kind.name })),
)

/** What Node would end a process with. */
const uncaught: unknown[] = []
const note = (error: unknown) => uncaught.push(error)
beforeAll(() => {
  process.on('uncaughtException', note).on('unhandledRejection', note)
})
const noneUncaught = async () => {
  await turn()
  expect(uncaught.splice(0)).toEqual([])
}
// Also after each try of a property, so that it tells which.
fc.configureGlobal({ ...fc.readConfigureGlobal(), asyncAfterEach: noneUncaught })
afterEach(noneUncaught)
afterAll(() => {
  process.off('uncaughtException', note).off('unhandledRejection', note)
})

const inThePool = promisify(deflate)
/** Ways to let a little happen. */
const steps = {
  micro: () => Promise.resolve(),
  tick: () => new Promise<void>((resolve) => process.nextTick(resolve)),
  turn: () => turn(),
  pool: async () => void (await inThePool(Buffer.alloc(50_000, 'some work for a thread'))),
}
type Step = keyof typeof steps
const someSteps = fc.array(fc.constantFrom<Step[]>('micro', 'tick', 'turn', 'pool'), {
  maxLength: 12,
})

async function pass(ways: readonly Step[]): Promise<void> {
  for (const way of ways) await steps[way]()
}

/** A keyring that lets this happen before it answers, or fails. */
function slow(ways: readonly Step[], failure?: { readonly reason: unknown }) {
  let asked = 0
  let answered = 0
  const after = async <T>(answer: () => Promise<T>): Promise<T> => {
    asked++
    try {
      await pass(ways)
      if (failure !== undefined) throw failure.reason
      return await answer()
    } finally {
      answered++
    }
  }
  const slowly: Keyring = {
    generateDataKey: (...given) => after(() => keyring.generateDataKey(...given)),
    decryptDataKey: (...given) => after(() => keyring.decryptDataKey(...given)),
  }
  return { keyring: slowly, isIdle: () => asked === answered }
}

/** Everything that a stream says, and every callback of what is written to it. */
function watched(stream: Duplex) {
  const writes: { calls: number; error: unknown }[] = []
  const said: string[] = []
  const errors: unknown[] = []
  const closed = new Promise<void>((resolve) => stream.once('close', resolve))
  stream.on('error', (error) => {
    said.push('error')
    errors.push(error)
  })
  for (const event of ['end', 'close'] as const) stream.on(event, () => said.push(event))
  const write = (piece: Uint8Array) =>
    new Promise<void>((resolve) => {
      const entry = { calls: 0, error: undefined as unknown }
      writes.push(entry)
      stream.write(piece, (error) => {
        entry.calls++
        entry.error = error ?? undefined
        said.push('write')
        resolve()
      })
    })
  return { writes, said, errors, closed, write }
}

const size = fc.oneof(fc.nat(300), fc.nat(40_000), fc.constantFrom(0, F, 2 * F, 100_000))
const sizes = fc.oneof(
  { weight: 1, arbitrary: fc.constant([1]) },
  {
    weight: 4,
    arbitrary: fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 5 }),
  },
)

/** Long enough to matter, and not a thousand turns of the thread pool. */
const cut = (bytes: Uint8Array, sizes: readonly number[]) => [
  ...piecesOf(bytes, Math.max(...sizes) * 400 < bytes.length ? [1, bytes.length] : sizes),
]

describe.each(kinds)('a stream that is $name with the $engineName engine', ({ engine, kind }) => {
  test.prop([size, sizes, someSteps, someSteps], { numRuns: 40 })(
    'takes bytes before it calls a write back, so that their room can be used again',
    async (size, sizes, asking, reading) => {
      const { engine: counted, keysHeld } = countingKeys(engine)
      const plain = sample('plain', size)
      const stream = kind.make(counted, slow(asking).keyring)
      const { writes, write, said, closed } = watched(stream)
      const output = (async () => {
        const pieces: Uint8Array[] = []
        for await (const piece of stream) {
          pieces.push(piece)
          await pass(reading.slice(0, 2))
        }
        return joined(pieces)
      })()
      const room = new Uint8Array(100_000)
      for (const piece of cut(await kind.input(engine, plain), sizes)) {
        for (const part of piecesOf(piece, [room.length])) {
          room.set(part)
          await write(room.subarray(0, part.length))
          room.fill(0xee)
        }
      }
      stream.end()
      expect(digest(await kind.plain(engine, await output))).toBe(digest(plain))
      await closed
      expect(writes.every(({ calls, error }) => calls === 1 && error === undefined)).toBe(true)
      expect(said.filter((word) => word !== 'write')).toEqual(['end', 'close'])
      expect(keysHeld()).toBe(0)
    },
  )

  test.prop(
    [
      size,
      sizes,
      someSteps,
      someSteps,
      fc.constantFrom('nobody', 'flowing', 'reading', 'stopped'),
      fc.boolean(),
      fc.option(fc.constant(new Error('enough'))),
      fc.boolean(),
    ],
    { numRuns: 150 },
  )(
    'that is destroyed at any point is quiet, calls every write back once, and keeps no key',
    async (size, sizes, asking, before, reader, ends, reason, waits) => {
      const { engine: counted, keysHeld } = countingKeys(engine)
      const slowly = slow(asking)
      const stream = kind.make(counted, slowly.keyring)
      const { writes, write, said, errors, closed } = watched(stream)
      const input = cut(await kind.input(engine, sample('plain', size)), sizes)
      if (reader === 'flowing') stream.resume()
      if (reader === 'reading') stream.on('readable', () => stream.read())
      if (reader === 'stopped') stream.once('data', () => stream.pause())
      let isOver = false
      const writing = (async () => {
        for (const piece of input) {
          if (isOver) return
          const written = write(piece)
          if (waits) await written
        }
        if (ends && !isOver) stream.end()
      })()
      await pass(before)
      isOver = true
      stream.destroy(reason ?? undefined)
      await closed
      await writing
      while (!slowly.isIdle()) await turn()
      await pass(['pool', 'pool', 'turn', 'turn'])

      const { errored } = stream
      expect(writes.map(({ calls }) => calls)).toEqual(writes.map(() => 1))
      const failedAt = writes.findIndex(({ error }) => error !== undefined)
      const failed = failedAt < 0 ? [] : writes.slice(failedAt)
      for (const { error } of failed) {
        expect(error).toEqual(reason ?? expect.objectContaining({ code: 'ERR_STREAM_DESTROYED' }))
      }
      if (reason === null || errored === null) expect(errors).toEqual([])
      else expect(errors).toEqual([reason])
      expect(said.filter((word) => word === 'close')).toHaveLength(1)
      expect(said.at(-1)).toBe('close')
      expect(keysHeld()).toBe(0)
    },
  )

  test.prop([size, sizes, someSteps, fc.constantFrom(undefined, null, 'no', new Error('no'))], {
    numRuns: 40,
  })('fails with what its keyring says, however late', async (size, sizes, asking, reason) => {
    const { engine: counted, keysHeld } = countingKeys(engine)
    const stream = kind.make(counted, slow(asking, { reason }).keyring)
    const { writes, write, said, errors, closed } = watched(stream)
    const read: unknown[] = []
    stream.on('data', (piece) => read.push(piece))
    const input = cut(await kind.input(engine, sample('plain', size)), sizes)
    const written = Promise.all(input.map(write))
    stream.end()
    await closed
    await written
    expect(writes.every(({ calls }) => calls === 1)).toBe(true)
    expect(errors).toHaveLength(1)
    if (reason) expect(errors[0]).toBe(reason)
    expect(said).not.toContain('end')
    expect(said.slice(-2)).toEqual(['error', 'close'])
    expect(read).toEqual([])
    expect(keysHeld()).toBe(0)
  })

  test.prop(
    [size, sizes, someSteps, fc.nat(6), fc.constantFrom('pipeline', 'break', 'throw', 'source')],
    { numRuns: 60 },
  )(
    'keeps no key when a neighbour fails or leaves',
    async (size, sizes, asking, pieces, failing) => {
      const { engine: counted, keysHeld } = countingKeys(engine)
      const slowly = slow(asking)
      const stream = kind.make(counted, slowly.keyring)
      const { errors, said, closed } = watched(stream)
      const failure = new Error(`the ${failing} failed`)
      const input = cut(await kind.input(engine, sample('plain', size)), sizes)
      let read = 0
      const isEnough = () => read++ === pieces
      const source = Readable.from(
        (function* () {
          for (const [i, piece] of input.entries()) {
            if (failing === 'source' && i === pieces) throw failure
            yield piece
          }
        })(),
      )
      const sink = new Writable({
        write: (_piece, _encoding, done) =>
          done(failing === 'pipeline' && isEnough() ? failure : null),
      })
      const consumer = async (output: AsyncIterable<Uint8Array>) => {
        for await (const _ of output) {
          if (failing === 'break' && isEnough()) break
          if (failing === 'throw' && isEnough()) throw failure
        }
      }
      const last = failing === 'break' || failing === 'throw' ? consumer : sink
      const outcome = await pipeline(source, stream, last as Writable).then(
        () => undefined,
        (error) => error,
      )
      await closed
      while (!slowly.isIdle()) await turn()
      await turn()
      // Node's pipeline may say AbortError when its last function fails: so it does behind a PassThrough.
      const isOfNode = failing === 'break' || failing === 'throw'
      if (outcome?.name !== 'AbortError' || !isOfNode)
        expect([undefined, failure]).toContain(outcome)
      expect(errors.length).toBeLessThanOrEqual(1)
      expect(said.at(-1)).toBe('close')
      expect(keysHeld()).toBe(0)
    },
  )

  it('takes little for a reader who does not read', async () => {
    const stream = kind.make(engine, keyring)
    let taken = 0
    const input = await kind.input(engine, sample('plain', 4 * MIB))
    for (const piece of piecesOf(input, [65_536])) stream.write(piece, () => taken++)
    await once(stream, 'readable')
    for (let i = 0; i < 30; i++) await steps.pool()
    expect(taken).toBeLessThanOrEqual(2)
    stream.destroy()
  })
})

describe.each(eachEngine)(
  'a write that waits for the keyring with the $name engine',
  ({ engine }) => {
    it.each(sealing)(
      'is left alone once the stream that is $name is destroyed',
      async ({ make }) => {
        let sealed = 0
        const watchedEngine = new Proxy(engine, {
          get(target, name: keyof Engine) {
            if (name === 'sealFrames') sealed++
            const member = target[name]
            return typeof member === 'function' ? member.bind(target) : member
          },
        })
        const slowly = slow(['turn', 'turn'])
        const stream = make(watchedEngine, slowly.keyring)
        stream.write(sample('plain', 10 * F), () => undefined)
        stream.destroy()
        while (!slowly.isIdle()) await turn()
        await pass(['pool', 'turn'])
        expect(sealed).toBe(0)
      },
    )
  },
)

/** What an object without plain bytes has behind its header. */
const EMPTY_BODY_BYTES = 40

const damages = {
  flip: (object: Uint8Array, bodyBytes: number, at: number) =>
    flipped(object, 8 * (object.length - 1 - (at % bodyBytes))),
  cut: (object: Uint8Array, _: number, at: number) =>
    object.subarray(0, Math.max(0, object.length - 1 - at)),
  more: (object: Uint8Array, _: number, at: number) => joined([object, sample('more', at + 1)]),
}

/** Ways to read a stream into which `source` flows: what came, and the error, or undefined for a clean end. */
const consumers = {
  async iterating(source: Readable, stream: Duplex, read: Uint8Array[]) {
    for await (const piece of source.pipe(stream)) read.push(piece)
  },
  async composing(source: Readable, stream: Duplex, read: Uint8Array[]) {
    for await (const piece of source.compose(stream)) read.push(piece)
  },
  async piping(source: Readable, stream: Duplex, read: Uint8Array[]) {
    const sink = new Writable({
      highWaterMark: 1,
      write(piece, _encoding, done) {
        read.push(piece)
        setImmediate(done)
      },
    })
    await pipeline(source, stream, sink)
  },
  async listening(source: Readable, stream: Duplex, read: Uint8Array[]) {
    stream.on('data', (piece) => read.push(piece))
    source.pipe(stream)
    await once(stream, 'end')
  },
}
const ways = fc.constantFrom<(keyof typeof consumers)[]>(
  'iterating',
  'composing',
  'piping',
  'listening',
)

const openers = kinds.filter(({ kind }) => opening.includes(kind))

describe.each(openers)('damage in a stream that is $name with the $engineName engine', (opener) => {
  const { engine, kind } = opener

  async function read(input: Uint8Array, sizes: readonly number[], way: keyof typeof consumers) {
    const { engine: counted, keysHeld } = countingKeys(engine)
    const stream = kind.make(counted, keyring)
    const { said, errors, closed } = watched(stream)
    const pieces: Uint8Array[] = []
    const source = Readable.from(cut(input, sizes), { objectMode: false })
    const failure = await consumers[way](source, stream, pieces).then(
      () => undefined,
      (error) => error,
    )
    source.destroy()
    await closed
    expect(keysHeld()).toBe(0)
    return { plain: joined(pieces), failure, said, errors }
  }

  test.prop(
    [
      size,
      sizes,
      fc.nat(60_000),
      fc.constantFrom<(keyof typeof damages)[]>('flip', 'cut', 'more'),
      ways,
    ],
    { numRuns: 80 },
  )('is told once, behind good bytes only', async (size, sizes, at, damage, way) => {
    const plain = sample('plain', size)
    const object = await kind.input(engine, plain)
    const headerBytes = (await sealed(engine, sample('none', 0))).length - EMPTY_BODY_BYTES
    const input = damages[damage](object, object.length - headerBytes, at)
    const { plain: got, failure, said, errors } = await read(input, sizes, way)
    expect(failure).toMatchObject({ code: expect.stringMatching(/^(Object|Gzip)Damaged$/) })
    expect(errors).toEqual([failure])
    expect(said).toEqual(['error', 'close'])
    expect(digest(got)).toBe(digest(plain.subarray(0, got.length)))
  })
})

describe.each(eachEngine)(
  'a compressed object, unpacked as it opens with the $name engine,',
  (each) => {
    const { engine } = each
    const plain = sample('plain', 200_000)

    async function unpacked(inside: Uint8Array, within: GunzipBounds = bounds) {
      const { engine: counted, keysHeld } = countingKeys(engine)
      const stream = openStream({ engine: counted, keyring }, within)
      const { errors, closed, write, writes } = watched(stream)
      const pieces: Uint8Array[] = []
      stream.on('data', (piece) => pieces.push(piece))
      for (const piece of piecesOf(await sealed(engine, inside), [5000])) void write(piece)
      stream.end()
      await closed
      expect(keysHeld()).toBe(0)
      expect(writes.map(({ calls }) => calls)).toEqual(writes.map(() => 1))
      return { got: joined(pieces), errors, lastWrite: writes.at(-1)!.error }
    }

    it('gives what lies before a damaged frame', async () => {
      const object = await sealed(engine, gzipSync(plain))
      const stream = openStream({ engine, keyring }, bounds)
      const pieces: Uint8Array[] = []
      const reading = consumers.iterating(
        Readable.from([flipped(object, 8 * (object.length - 1))]),
        stream,
        pieces,
      )
      await expect(reading).rejects.toMatchObject({ code: 'ObjectDamaged' })
      expect(joined(pieces).length).toBeGreaterThan(100_000)
    })

    it('tells the writer too when it is none', async () => {
      const { got, errors, lastWrite } = await unpacked(plain)
      expect(errors).toMatchObject([{ code: 'GzipDamaged' }])
      expect(lastWrite).toBe(errors[0])
      expect(got).toHaveLength(0)
    })

    it.each([
      ['a second member', joined([gzipSync(plain), gzipSync(plain)])],
      ['no end', gzipSync(plain).subarray(0, -1)],
      ['a wrong checksum', flipped(gzipSync(plain), 8 * (gzipSync(plain).length - 8))],
    ])('is refused with %s', async (_, inside) => {
      expect((await unpacked(inside)).errors).toMatchObject([{ code: 'GzipDamaged' }])
    })

    it('is refused beyond its bound', async () => {
      const { got, errors } = await unpacked(gzipSync(plain), { bytesMax: 150_000 })
      expect(errors).toMatchObject([{ code: 'OutputTooLarge' }])
      expect(got.length).toBeLessThanOrEqual(150_000)
    })

    it('waits for its reader, however much it unpacks to', async () => {
      const stream = openStream({ engine, keyring }, bounds)
      const object = await sealed(engine, gzipSync(Buffer.alloc(48 * MIB)))
      const before = process.memoryUsage().arrayBuffers
      stream.write(object)
      await once(stream, 'readable')
      for (let i = 0; i < 30; i++) await steps.pool()
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * MIB)
      stream.destroy()
    })
  },
)
