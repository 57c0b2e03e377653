/** Web streams under hostile producers and consumers: what holds however they end. */
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/engine.js'
import type { Keyring } from '../../src/message/keyring.js'
import {
  type BytesPair,
  openWebStream,
  sealWebStream,
} from '../../src/message/streams/web-stream.js'
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
const keyring = fixedKeyring(sample('data key', 32))
const sealed = (engine: Engine, plain: Uint8Array) =>
  sealWhole({ engine, keyring, encryptionContext, frameBytes: F }, plain)

const kinds = eachEngine.flatMap(({ name, engine }) => [
  {
    engineName: name,
    engine,
    name: 'seals',
    make: (engine: Engine, keyring: Keyring): BytesPair =>
      sealWebStream({ engine, keyring, encryptionContext, frameBytes: F }),
    input: async (plain: Uint8Array) => plain,
    plain: async (output: Uint8Array) =>
      (await openWhole({ engine, keyring, encryptionContext }, output)).plain,
  },
  {
    engineName: name,
    engine,
    name: 'opens',
    make: (engine: Engine, keyring: Keyring): BytesPair => openWebStream({ engine, keyring }),
    input: (plain: Uint8Array) => sealed(engine, plain),
    plain: async (output: Uint8Array) => output,
  },
])

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

const size = fc.oneof(fc.nat(300), fc.nat(40_000), fc.constantFrom(0, F, 2 * F, 100_000))
const sizes = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 5 })
const turns = fc.nat(8)
const cut = (bytes: Uint8Array, sizes: readonly number[]) => [
  ...piecesOf(bytes, Math.max(...sizes) * 400 < bytes.length ? [1, bytes.length] : sizes),
]

async function pass(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await turn()
}

/** A keyring that answers, or fails, after so many turns. */
function slow(turns: number, failure?: { readonly reason: unknown }): Keyring {
  const after = async () => {
    await pass(turns)
    if (failure !== undefined) throw failure.reason
  }
  return {
    generateDataKey: (...given) => after().then(() => keyring.generateDataKey(...given)),
    decryptDataKey: (...given) => after().then(() => keyring.decryptDataKey(...given)),
  }
}

const settled = (promise: Promise<unknown>) =>
  promise.then(
    () => 'good' as const,
    (reason: unknown) => ({ reason }),
  )

async function readAll(readable: BytesPair['readable']) {
  const pieces: Uint8Array[] = []
  const end = await settled(
    (async () => {
      for await (const piece of readable) pieces.push(piece)
    })(),
  )
  return { bytes: joined(pieces), end }
}

describe.each(kinds)('a Web stream that $name with the $engineName engine', (kind) => {
  const { engine } = kind

  test.prop([size, sizes, turns], { numRuns: 40 })(
    'takes bytes before it resolves a write, so that their room can be used again',
    async (size, sizes, asking) => {
      const { engine: counted, keysHeld } = countingKeys(engine)
      const plain = sample('plain', size)
      const { readable, writable } = kind.make(counted, slow(asking))
      const output = readAll(readable)
      const writer = writable.getWriter()
      const room = new Uint8Array(100_000)
      for (const piece of cut(await kind.input(plain), sizes)) {
        for (const part of piecesOf(piece, [room.length])) {
          room.set(part)
          await writer.write(room.subarray(0, part.length))
          room.fill(0xee)
        }
      }
      await writer.close()
      const { bytes, end } = await output
      expect(end).toBe('good')
      expect(digest(await kind.plain(bytes))).toBe(digest(plain))
      expect(keysHeld()).toBe(0)
    },
  )

  test.prop(
    [size, sizes, turns, turns, fc.nat(4), fc.constantFrom('cancel', 'abort'), fc.boolean()],
    { numRuns: 150 },
  )(
    'that is given up on either side settles every write and keeps no key',
    async (size, sizes, asking, before, reads, side, waits) => {
      const { engine: counted, keysHeld } = countingKeys(engine)
      const { readable, writable } = kind.make(counted, slow(asking))
      const [reader, writer] = [readable.getReader(), writable.getWriter()]
      const reading = Array.from({ length: reads }, () => settled(reader.read()))
      const input = cut(await kind.input(sample('plain', size)), sizes)
      const writing: ReturnType<typeof settled>[] = []
      const all = (async () => {
        for (const piece of input) {
          writing.push(settled(writer.write(piece)))
          if (waits) await writing.at(-1)
        }
        writing.push(settled(writer.close()))
      })()
      await pass(before)
      const ways = { cancel: () => reader.cancel('enough'), abort: () => writer.abort('enough') }
      await settled(ways[side]())
      await all
      const outcomes = await Promise.all(writing)
      await Promise.all(reading)
      const failed = outcomes.findIndex((outcome) => outcome !== 'good')
      if (failed >= 0) {
        const rest = outcomes.slice(failed)
        expect(rest.slice(0, -1)).toEqual(rest.slice(1).map(() => ({ reason: 'enough' })))
        expect(rest.at(-1)).not.toBe('good')
      }
      await pass(asking + 2)
      expect(keysHeld()).toBe(0)
    },
  )

  test.prop([size, sizes, turns, fc.constantFrom(undefined, null, 'no', new Error('no'))], {
    numRuns: 40,
  })('fails on both sides with what its keyring says', async (size, sizes, asking, reason) => {
    const { engine: counted, keysHeld } = countingKeys(engine)
    const { readable, writable } = kind.make(counted, slow(asking, { reason }))
    const output = readAll(readable)
    const writer = writable.getWriter()
    for (const piece of cut(await kind.input(sample('plain', size)), sizes)) {
      void settled(writer.write(piece))
    }
    expect(await settled(writer.close())).toEqual({ reason })
    const { bytes, end } = await output
    expect(end).toEqual({ reason })
    expect(bytes).toHaveLength(0)
    expect(keysHeld()).toBe(0)
  })

  it('keeps what a reader asked for and left, for the next one', async () => {
    const { readable, writable } = kind.make(engine, keyring)
    const plain = sample('plain', 3 * F)
    const writing = (async () => {
      const writer = writable.getWriter()
      for (const piece of piecesOf(await kind.input(plain), [500])) await writer.write(piece)
      await writer.close()
    })()
    const first = readable.getReader()
    await turn()
    const asked = settled(first.read())
    first.releaseLock()
    expect(await asked).not.toBe('good')
    await pass(5)
    const { bytes, end } = await readAll(readable)
    expect(end).toBe('good')
    expect(digest(await kind.plain(bytes))).toBe(digest(plain))
    await writing
  })
})

describe.each(eachEngine)('a reader who leaves a Web stream of the $name engine', ({ engine }) => {
  async function begun() {
    const { readable, writable } = sealWebStream({ engine, keyring, encryptionContext })
    const [reader, writer] = [readable.getReader(), writable.getWriter()]
    await reader.read()
    return { reader, writer }
  }

  it('has the write that waits for him rejected', async () => {
    const { reader, writer } = await begun()
    const written = settled(writer.write(sample('plain', 200_000)))
    await turn()
    await reader.cancel('enough')
    expect(await written).toEqual({ reason: 'enough' })
  })

  it('has the end that waits for him rejected', async () => {
    const { reader, writer } = await begun()
    const closed = settled(writer.close())
    await turn()
    await reader.cancel('enough')
    expect(await closed).toEqual({ reason: 'enough' })
  })
})

describe.each(eachEngine)(
  'damage in a Web stream that opens with the $name engine',
  ({ engine }) => {
    it('does not overtake what a reader asked for and left', async () => {
      const plain = sample('plain', 2 * F)
      const object = await sealed(engine, plain)
      const { readable, writable } = openWebStream({ engine, keyring })
      const writing = settled(writable.getWriter().write(flipped(object, 8 * (object.length - 1))))
      const first = readable.getReader()
      await turn()
      void settled(first.read())
      first.releaseLock()
      await pass(5)
      const { bytes, end } = await readAll(readable)
      expect(digest(bytes)).toBe(digest(plain.subarray(0, F)))
      expect(end).toMatchObject({ reason: { code: 'ObjectDamaged', detail: { frame: 2 } } })
      expect(await writing).toEqual(end)
    })

    it('reaches both ends of a pipe, and its source', async () => {
      const object = await sealed(engine, sample('plain', 5 * F))
      let cancelled: unknown
      const source = new ReadableStream({
        pull: (controller) => controller.enqueue(flipped(object, 8 * (object.length - 1))),
        cancel: (reason) => {
          cancelled = reason
        },
      })
      const { end } = await readAll(source.pipeThrough(openWebStream({ engine, keyring })))
      expect(end).toMatchObject({ reason: { code: 'ObjectDamaged' } })
      await pass(2)
      expect({ reason: cancelled }).toEqual(end)
    })
  },
)
