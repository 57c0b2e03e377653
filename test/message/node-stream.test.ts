import { once } from 'node:events'
import { type Duplex, Readable, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openStream, sealStream } from '../../src/message/streams/node-stream.js'
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
const edges = [0, 1, F - 1, F, F + 1, 2 * F, 2 * F + 1, 300_001]
const slicings = [[1000], [F], [65_536], [1, 100_000]]

/** `stream`, into which these pieces flow. */
function fed(pieces: Iterable<Uint8Array>, stream: Duplex): Duplex {
  const source = Readable.from(pieces, { objectMode: false })
  source.pipe(stream)
  return stream
}

/** Reads to the end or the error; tells both. */
async function readAll(stream: Readable): Promise<{ plain: Uint8Array; failure: unknown }> {
  const pieces: Uint8Array[] = []
  try {
    for await (const piece of stream) pieces.push(piece)
    return { plain: joined(pieces), failure: undefined }
  } catch (failure) {
    return { plain: joined(pieces), failure }
  }
}

describe.each(eachEngine)('a sealing stream over the $name engine', ({ engine }) => {
  const options = { engine, keyring, encryptionContext, frameBytes: F }

  it.each(edges)('makes whole objects of %i bytes', async (size) => {
    const plain = sample('plain', size)
    for (const sizes of slicings) {
      const sealed = await buffer(
        Readable.from(piecesOf(plain, sizes)).compose(sealStream(options)),
      )
      const opened = await openWhole({ engine, keyring, encryptionContext }, sealed)
      expect(digest(opened.plain)).toBe(digest(plain))
    }
  })

  it('takes strings as any byte stream does', async () => {
    const sealer = sealStream(options)
    sealer.end('grüezi')
    const opened = await openWhole(options, await buffer(sealer))
    expect(Buffer.from(opened.plain).toString()).toBe('grüezi')
  })

  it('fails with what its keyring says, and with nothing written', async () => {
    const denied = new Error('no such key')
    const failing = { ...fixedKeyring(dataKey), generateDataKey: () => Promise.reject(denied) }
    const sealer = sealStream({ ...options, keyring: failing })
    sealer.end('text')
    const { plain, failure } = await readAll(sealer)
    expect(failure).toBe(denied)
    expect(plain).toHaveLength(0)
  })

  it('serves a reader and a writer who come before the keyring has answered', async () => {
    const late = testKeyring()
    const slow = {
      generateDataKey: async (...given: Parameters<typeof late.generateDataKey>) => {
        await wait(20)
        return late.generateDataKey(...given)
      },
      decryptDataKey: async (...given: Parameters<typeof late.decryptDataKey>) => {
        await wait(20)
        return late.decryptDataKey(...given)
      },
    }
    const sealer = sealStream({ ...options, keyring: slow })
    const opener = openStream({ engine, keyring: slow })
    const opened = buffer(opener)
    sealer.pipe(opener)
    sealer.end(sample('plain', 10))
    expect(digest(await opened)).toBe(digest(sample('plain', 10)))
  })

  it('asks its reader before it takes more than a piece', async () => {
    const sealer = sealStream(options)
    let taken = 0
    for (let i = 0; i < 100; i++) sealer.write(sample('plain', 65_536), () => taken++)
    await turn()
    await turn()
    expect(taken).toBeLessThanOrEqual(2)
    sealer.destroy()
  })

  it('keeps no key, however it ends', async () => {
    const counting = countingKeys(engine)
    const counted = { ...options, engine: counting.engine, keyring: fixedKeyring(dataKey) }

    await pipeline(Readable.from([sample('plain', F)]), sealStream(counted), sink())
    expect(counting.keysHeld()).toBe(0)

    const abandoned = sealStream(counted)
    abandoned.write('text')
    await once(abandoned, 'readable')
    expect(counting.keysHeld()).toBe(1)
    abandoned.destroy()
    await once(abandoned, 'close')
    expect(counting.keysHeld()).toBe(0)

    const unborn = sealStream(counted)
    unborn.destroy()
    await once(unborn, 'close')
    expect(counting.keysHeld()).toBe(0)

    const broken = async function* () {
      yield sample('plain', F)
      throw new Error('the source broke')
    }
    await expect(pipeline(broken, sealStream(counted), sink())).rejects.toThrow('source broke')
    expect(counting.keysHeld()).toBe(0)
  })
})

describe.each(eachEngine)('an opening stream over the $name engine', ({ engine }) => {
  const options = { engine, keyring }
  const sealed = (size: number) =>
    sealWhole({ ...options, encryptionContext, frameBytes: F }, sample('plain', size))
  const opening = (bytes: Uint8Array, sizes: readonly number[], more = {}) =>
    fed(piecesOf(bytes, sizes), openStream({ ...options, ...more }))

  it.each(edges)('gives %i bytes back', async (size) => {
    const object = await sealed(size)
    for (const sizes of [[977], [F], [65_536]]) {
      const opened = await buffer(opening(object, sizes))
      expect(digest(opened)).toBe(digest(sample('plain', size)))
    }
  })

  it('takes its bytes one by one', async () => {
    const message = joined(foreignMessage({ dataKey, plain: sample('plain', 50), frameBytes: 16 }))
    const opened = await buffer(opening(message, [1], { keyring: fixedKeyring(dataKey) }))
    expect(digest(opened)).toBe(digest(sample('plain', 50)))
  })

  it('opens an unframed body within the limits, and refuses one beyond', async () => {
    const message = joined(foreignMessage({ dataKey, plain: sample('plain', 50), frameBytes: 0 }))
    const opened = (frameBytesMax: number) =>
      readAll(opening(message, [9], { keyring: fixedKeyring(dataKey), limits: { frameBytesMax } }))
    expect(digest((await opened(50)).plain)).toBe(digest(sample('plain', 50)))
    const refused = await opened(49)
    expect(refused.failure).toMatchObject({ code: 'InputTooLarge' })
    expect(refused.plain).toHaveLength(0)
  })

  it('refuses a signed message before it asks the keyring', async () => {
    let asked = 0
    const counting = {
      ...fixedKeyring(dataKey),
      decryptDataKey: async () => {
        asked++
        return engine.importKey(dataKey)
      },
    }
    const parts = foreignMessage({ dataKey, plain: dataKey, frameBytes: 16, signed: true })
    const { plain, failure } = await readAll(opening(joined(parts), [50], { keyring: counting }))
    expect(failure).toMatchObject({ code: 'InputInvalid' })
    expect([plain.length, asked]).toEqual([0, 0])
  })

  it('refuses an object without the pairs that it must carry', async () => {
    const more = { encryptionContext: { tenant: 'other' } }
    const { plain, failure } = await readAll(opening(await sealed(10), [50], more))
    expect(failure).toMatchObject({ code: 'InvalidCiphertextException', message: '' })
    expect(plain).toHaveLength(0)
  })

  it.each([1, 2, 3, 4, 5])('gives frames 1 to %i - 1 when that one is damaged', async (frame) => {
    const object = await sealed(5 * F)
    const bodyAt = object.length - 5 * (F + 32) - 8
    const damaged = flipped(object, (bodyAt + (frame - 1) * (F + 32) + 100) * 8)
    for (const sizes of [[100], [F + 32], [65_536]]) {
      const { plain, failure } = await readAll(opening(damaged, sizes))
      expect(failure).toMatchObject({ code: 'ObjectDamaged', detail: { frame } })
      expect(digest(plain)).toBe(digest(sample('plain', (frame - 1) * F)))
    }
  })

  it('gives a slow reader every good frame before the error', async () => {
    const object = flipped(await sealed(3 * F), 8 * (F + 1) * 3)
    const read: Uint8Array[] = []
    const slow = new Writable({
      highWaterMark: 1,
      write(piece, _, done) {
        read.push(piece)
        setTimeout(done, 5)
      },
    })
    const passing = pipeline(Readable.from([object]), openStream(options), slow)
    await expect(passing).rejects.toMatchObject({ code: 'ObjectDamaged' })
    expect(digest(joined(read))).toBe(digest(sample('plain', 2 * F)))
  })

  it('tells a reader of events the same', async () => {
    const object = flipped(await sealed(3 * F), 8 * (F + 1) * 3)
    const opener = openStream(options)
    const read: Uint8Array[] = []
    const ends: string[] = []
    opener.on('data', (piece) => read.push(piece)).on('end', () => ends.push('end'))
    opener.end(object)
    await expect(once(opener, 'close')).rejects.toMatchObject({ code: 'ObjectDamaged' })
    expect(digest(joined(read))).toBe(digest(sample('plain', 2 * F)))
    expect(ends).toEqual([])
  })

  it('fails though nobody reads', async () => {
    const opener = openStream(options)
    opener.end('no sealed object at all')
    await expect(once(opener, 'close')).rejects.toMatchObject({ code: 'ObjectDamaged' })
  })

  it('never ends cleanly at a cut, wherever it is', async () => {
    const parts = foreignMessage({ dataKey, plain: sample('plain', 32), frameBytes: 16 })
    const object = joined(parts)
    const { length } = parts[0]!
    const cuts = [0, 1, length - 1, length, length + 47, length + 48, object.length - 1]
    for (const size of cuts) {
      const more = { keyring: fixedKeyring(dataKey) }
      const { failure } = await readAll(opening(object.subarray(0, size), [50], more))
      expect(failure).toMatchObject({ code: 'ObjectDamaged' })
    }
  })

  it('fails when another object follows', async () => {
    const object = await sealed(F)
    const { plain, failure } = await readAll(opening(joined([object, object]), [1000]))
    expect(failure).toMatchObject({ code: 'ObjectDamaged' })
    expect(digest(plain)).toBe(digest(sample('plain', F)))
  })

  it('holds no more than a header of a hostile one', async () => {
    const endless = Buffer.concat([
      Buffer.from([2, 4, 0x78]),
      Buffer.alloc(34),
      Buffer.from([0, 8]),
      Buffer.alloc(100_000, 0x7f),
    ])
    const { failure } = await readAll(opening(endless, [10_000]))
    expect(failure).toMatchObject({ code: 'InputTooLarge' })
  })

  it('keeps no key, however it ends', async () => {
    const counting = countingKeys(engine)
    const counted = { engine: counting.engine, keyring: fixedKeyring(dataKey) }
    const message = foreignMessage({ dataKey, plain: sample('plain', 90), frameBytes: 16 })

    await pipeline(Readable.from(message), openStream(counted), sink())
    expect(counting.keysHeld()).toBe(0)

    const flippedMessage = flipped(joined(message), (message[0]!.length + 60) * 8)
    await readAll(fed([flippedMessage], openStream(counted)))
    expect(counting.keysHeld()).toBe(0)

    const abandoned = openStream(counted)
    abandoned.write(joined(message.slice(0, 3)))
    await once(abandoned, 'readable')
    expect(counting.keysHeld()).toBe(1)
    abandoned.destroy()
    await once(abandoned, 'close')
    expect(counting.keysHeld()).toBe(0)
  })

  it('keeps no key when it is destroyed while the keyring is asked', async () => {
    const counting = countingKeys(engine)
    let answer!: () => void
    const asked = new Promise<void>((resolve) => {
      answer = resolve
    })
    const late = {
      ...fixedKeyring(dataKey),
      decryptDataKey: async () => {
        await asked
        return counting.engine.importKey(dataKey)
      },
    }
    const opener = openStream({ engine: counting.engine, keyring: late })
    opener.write(joined(foreignMessage({ dataKey, plain: sample('plain', 90), frameBytes: 16 })))
    await turn()
    opener.destroy()
    await once(opener, 'close')
    answer()
    await turn()
    expect(counting.keysHeld()).toBe(0)
  })
})

function sink(): Writable {
  return new Writable({ write: (_piece, _encoding, done) => done() })
}
