import { ReadableStream } from 'node:stream/web'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  type BytesPair,
  openWebStream,
  sealWebStream,
} from '../../src/message/streams/web-stream.js'
import { eachEngine } from '../support/engines.js'
import { foreignMessage } from './foreign-message.js'
import {
  countingKeys,
  digest,
  encryptionContext,
  fixedKeyring,
  flipped,
  joined,
  piecesOf,
  sample,
  testKeyring,
} from './sample.js'
import { openWhole, sealWhole } from './whole.js'

const F = 4096
const keyring = testKeyring()
const dataKey = sample('data key', 32)
const edges = [0, 1, F - 1, F, F + 1, 2 * F, 300_001]

/** `bytes` as a source of pieces that gives one when it is asked. */
function sourceOf(bytes: Uint8Array, sizes: readonly number[]): ReadableStream<Uint8Array> {
  const pieces = piecesOf(bytes, sizes)
  return new ReadableStream({
    pull(controller) {
      const { done, value } = pieces.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}

/** Reads to the end or the error; tells both. */
async function readAll(stream: ReadableStream<Uint8Array>) {
  const pieces: Uint8Array[] = []
  try {
    for await (const piece of stream) pieces.push(piece)
    return { bytes: joined(pieces), failure: undefined }
  } catch (failure) {
    return { bytes: joined(pieces), failure }
  }
}

function pass(bytes: Uint8Array, sizes: readonly number[], through: BytesPair) {
  return readAll(sourceOf(bytes, sizes).pipeThrough(through))
}

describe.each(eachEngine)('a sealing Web stream over the $name engine', ({ engine }) => {
  const options = { engine, keyring, encryptionContext, frameBytes: F }

  it.each(edges)('makes whole objects of %i bytes', async (size) => {
    for (const sizes of [[1000], [F], [1, 100_000]]) {
      const { bytes } = await pass(sample('plain', size), sizes, sealWebStream(options))
      const opened = await openWhole({ engine, keyring, encryptionContext }, bytes)
      expect(digest(opened.plain)).toBe(digest(sample('plain', size)))
    }
  })

  it('fails with what its keyring says, on both sides', async () => {
    const denied = new Error('no such key')
    const failing = { ...fixedKeyring(dataKey), generateDataKey: () => Promise.reject(denied) }
    const { readable, writable } = sealWebStream({ ...options, keyring: failing })
    const writing = writable.getWriter().write(sample('plain', 5))
    await expect(writing).rejects.toBe(denied)
    expect((await readAll(readable)).failure).toBe(denied)
  })

  it('takes bytes only', async () => {
    const { readable, writable } = sealWebStream(options)
    const reading = readAll(readable)
    const writing = writable.getWriter().write('text' as unknown as Uint8Array)
    await expect(writing).rejects.toMatchObject({ code: 'InputInvalid' })
    expect((await reading).failure).toMatchObject({ code: 'InputInvalid' })
  })

  it('takes no more than a piece before a reader asks', async () => {
    const { writable } = sealWebStream(options)
    const writer = writable.getWriter()
    let taken = 0
    for (let i = 0; i < 50; i++) {
      void writer.write(sample('plain', 65_536)).then(
        () => taken++,
        () => undefined,
      )
    }
    await turn()
    await turn()
    expect(taken).toBe(0)
    await writer.abort()
  })
})

describe.each(eachEngine)('an opening Web stream over the $name engine', ({ engine }) => {
  const options = { engine, keyring }
  const sealed = (size: number) =>
    sealWhole({ ...options, encryptionContext, frameBytes: F }, sample('plain', size))

  it.each(edges)('gives %i bytes back', async (size) => {
    for (const sizes of [[977], [65_536]]) {
      const { bytes, failure } = await pass(await sealed(size), sizes, openWebStream(options))
      expect(failure).toBeUndefined()
      expect(digest(bytes)).toBe(digest(sample('plain', size)))
    }
  })

  it.each([1, 2, 3, 4, 5])('gives frames 1 to %i - 1 when that one is damaged', async (frame) => {
    const object = await sealed(5 * F)
    const bodyAt = object.length - 5 * (F + 32) - 8
    const damaged = flipped(object, (bodyAt + (frame - 1) * (F + 32) + 100) * 8)
    for (const sizes of [[100], [65_536]]) {
      const { bytes, failure } = await pass(damaged, sizes, openWebStream(options))
      expect(failure).toMatchObject({ code: 'ObjectDamaged', detail: { frame } })
      expect(digest(bytes)).toBe(digest(sample('plain', (frame - 1) * F)))
    }
  })

  it('never closes at a cut, wherever it is', async () => {
    const parts = foreignMessage({ dataKey, plain: sample('plain', 32), frameBytes: 16 })
    const { length } = parts[0]!
    const object = joined(parts)
    for (const size of [0, 1, length - 1, length, length + 48, object.length - 1]) {
      const through = openWebStream({ engine, keyring: fixedKeyring(dataKey) })
      const { failure } = await pass(object.subarray(0, size), [50], through)
      expect(failure).toMatchObject({ code: 'ObjectDamaged' })
    }
  })

  it('refuses a signed message and a wrong context', async () => {
    const parts = foreignMessage({ dataKey, plain: dataKey, frameBytes: 16, signed: true })
    const signed = await pass(joined(parts), [500], openWebStream(options))
    expect(signed.failure).toMatchObject({ code: 'InputInvalid' })
    const through = openWebStream({ ...options, encryptionContext: { tenant: 'other' } })
    const other = await pass(await sealed(5), [500], through)
    expect(other.failure).toMatchObject({ code: 'InvalidCiphertextException', message: '' })
  })
})

describe.each(eachEngine)('the message key of a Web stream, in the $name engine,', ({ engine }) => {
  const message = foreignMessage({ dataKey, plain: sample('plain', 90), frameBytes: 16 })

  function counted() {
    const counting = countingKeys(engine)
    const options = { engine: counting.engine, keyring: fixedKeyring(dataKey), encryptionContext }
    return { options, held: counting.keysHeld }
  }

  it('is gone at the end, and after damage', async () => {
    const { options, held } = counted()
    await pass(sample('plain', 10), [5], sealWebStream(options))
    expect(held()).toBe(0)
    await pass(joined(message), [100], openWebStream({ ...options, encryptionContext: {} }))
    expect(held()).toBe(0)
    const damaged = flipped(joined(message), (message[0]!.length + 60) * 8)
    await pass(damaged, [100], openWebStream({ ...options, encryptionContext: {} }))
    expect(held()).toBe(0)
  })

  it('is gone when the reader cancels, and the writer hears of it', async () => {
    const { options, held } = counted()
    const { readable, writable } = openWebStream({ ...options, encryptionContext: {} })
    const writer = writable.getWriter()
    const writing = writer.write(joined(message.slice(0, 3))).catch(() => undefined)
    const reader = readable.getReader()
    expect((await reader.read()).value).toHaveLength(32)
    expect(held()).toBe(1)
    await reader.cancel('enough')
    expect(held()).toBe(0)
    await writing
    await expect(writer.write(joined(message.slice(3)))).rejects.toBe('enough')
  })

  it('is gone when the writer aborts, and the reader hears of it', async () => {
    const { options, held } = counted()
    const { readable, writable } = sealWebStream(options)
    const writer = writable.getWriter()
    const reader = readable.getReader()
    await reader.read()
    const stuck = writer.write(sample('plain', 200_000)).catch(() => undefined)
    await turn()
    expect(held()).toBe(1)
    await writer.abort('no more').catch(() => undefined)
    expect(held()).toBe(0)
    await stuck
    await expect(reader.read()).rejects.toBe('no more')
  })

  it('is gone when nobody waited for the keyring', async () => {
    const { options, held } = counted()
    const { readable } = sealWebStream(options)
    await readable.cancel()
    await turn()
    expect(held()).toBe(0)
  })
})
