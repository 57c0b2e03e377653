import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { streamOf } from '../../src/aws/forms/streams.js'
import { S3_API } from '../../src/s3/model.js'
import { valuesOf } from '../../src/service/service.js'
import { KINDS } from '../support/kinds.js'

const bytes = Buffer.from('some bytes')
/** Kinds that yield bytes, and those that did. */
const RIGHT = ['a string', 'an empty string', 'a Uint8Array', 'a stream']
const GONE = ['a detached Uint8Array']

async function* yields(...pieces: unknown[]) {
  yield* pieces
}

describe('a stream', () => {
  it.each([
    ['bytes', () => bytes],
    ['a Uint8Array', () => new Uint8Array(bytes)],
    ['a string', () => 'some bytes'],
    ['a Readable', () => Readable.from([bytes.subarray(0, 4), bytes.subarray(4)])],
    ['a Readable of text', () => Readable.from(['some ', 'bytes'])],
    ['what yields bytes', () => yields(bytes.subarray(0, 4), bytes.subarray(4))],
    ['a web stream', () => new Blob([bytes]).stream()],
  ])('may be given as %s', async (_, give) => {
    const stream = streamOf(give())
    expect(await buffer(stream.pieces)).toEqual(bytes)
    expect([undefined, 10]).toContain(stream.bytes)
    expect([...stream.trailers()]).toEqual([])
  })

  it('of bytes says how many there are, and has them whole', () => {
    for (const given of [bytes, 'some bytes']) {
      const stream = streamOf(given)
      expect(stream.bytes).toBe(10)
      expect(Buffer.from(stream.whole!)).toEqual(bytes)
    }
    expect(streamOf('ü').bytes).toBe(2)
  })

  it('of no bytes has no pieces', async () => {
    expect(await buffer(streamOf('').pieces)).toEqual(Buffer.alloc(0))
  })

  it.each([
    ...Object.entries(KINDS).filter(([kind]) => !RIGHT.includes(kind) && !GONE.includes(kind)),
    ['a list of bytes', () => [1, 2, 3]],
    ['a promise', () => Promise.resolve(bytes)],
  ] as const)('cannot be %s', (_, make) => {
    expect(() => streamOf(make())).toThrow(
      expect.objectContaining({
        code: 'SerializationException',
        message: expect.stringContaining('a stream must be a Uint8Array, a string, a Readable'),
      }),
    )
  })

  it('cannot be bytes that are gone, nor lose them before they are read', async () => {
    expect(() => streamOf(KINDS['a detached Uint8Array']())).toThrow(/detached/)
    const given = new Uint8Array(10)
    const { pieces } = streamOf(given)
    structuredClone(given.buffer, { transfer: [given.buffer] })
    await expect(buffer(pieces)).rejects.toMatchObject({ code: 'InputInvalid' })
  })

  it.each([5, null, {}, [1]])('that yields %j ends in an error', async (piece) => {
    await expect(buffer(streamOf(yields(bytes, piece)).pieces)).rejects.toMatchObject({
      code: 'SerializationException',
    })
  })

  it("that breaks ends in the giver's own error", async () => {
    const broken = createReadStream('/no/such/file')
    await expect(buffer(streamOf(broken).pieces)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is no part of what a record shows', () => {
    const read = valuesOf({ Bucket: 'logs', Key: 'a', Body: 'plain' })
    const { input, shown } = read(S3_API.operation('PutObject')!)
    expect(input).toMatchObject({ Body: { bytes: 5 } })
    expect(shown).toEqual({ bucket: 'logs', key: 'a' })
  })
})
