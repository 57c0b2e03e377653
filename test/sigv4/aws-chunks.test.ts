/** AWS's own chunks: its two worked examples, in any pieces, and every way to be wrong. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalRequest, stringToSign } from '../../src/sigv4/canonical-request.js'
import { readScope } from '../../src/sigv4/claim.js'
import {
  type ChunkRules,
  chunkedPieces,
  SIGNED_CHUNK_BYTES_MAX,
} from '../../src/sigv4/payload/aws-chunks.js'
import { ChunkSignatures } from '../../src/sigv4/payload/chunk-signatures.js'
import { payloadOf } from '../../src/sigv4/payload/payload.js'
import { deriveSigningKey } from '../../src/sigv4/signing-keys.js'

interface Example {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  readonly signature: string
  readonly chunks: ReadonlyArray<readonly [bytes: number, signature: string]>
  readonly trailers: Readonly<Record<string, string>> | null
}

const file = new URL('../vectors/aws-chunks/examples.json', import.meta.url)
const { examples, ...said } = JSON.parse(readFileSync(file, 'utf8'))
const all = examples as Example[]
const [plain, trailing] = all as [Example, Example]
const scope = readScope(said.scope)

/** Rooms are given back whole. */
class Room {
  taken = 0
  take(bytes: number) {
    this.taken += bytes
  }
  giveBack(bytes: number) {
    this.taken -= bytes
  }
}

function encoded(example: Example, letter = 'a'): Buffer {
  const chunks = example.chunks.map(([bytes, signature]) => {
    const end = bytes === 0 ? '' : '\r\n'
    return `${bytes.toString(16)};chunk-signature=${signature}\r\n${letter.repeat(bytes)}${end}`
  })
  const trailers = Object.entries(example.trailers ?? {}).map(
    ([name, value]) => `${name}:${value}\r\n`,
  )
  return Buffer.from(`${chunks.join('')}${trailers.join('')}\r\n`)
}

function rulesOf({ headers, signature }: Example, changed: Partial<ChunkRules> = {}): ChunkRules {
  const { secretAccessKey, timestamp } = said
  const trailers = headers['x-amz-trailer']?.split(',')
  return {
    isSigned: true,
    signatures: new ChunkSignatures({ secretAccessKey, scope, timestamp, signature }),
    bytes: Number(headers['x-amz-decoded-content-length']),
    trailers,
    room: new Room(),
    ...changed,
  }
}

/** Unsigned, of so many bytes. */
function unsigned(bytes: number, trailers: string[] | undefined = []): ChunkRules {
  return { isSigned: false, signatures: undefined, bytes, trailers, room: new Room() }
}

async function* cutInto(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const end = at + sizes[i % sizes.length]!
    yield bytes.subarray(at, end)
    at = end
  }
}

async function decode(
  text: Uint8Array | string,
  rules: ChunkRules,
  sizes: readonly number[] = [1e6],
) {
  const trailers = new Map<string, string>()
  const pieces: Uint8Array[] = []
  const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text
  for await (const piece of chunkedPieces(cutInto(bytes, sizes), rules, trailers)) {
    pieces.push(Buffer.from(piece))
  }
  return { text: Buffer.concat(pieces).toString('latin1'), trailers: Object.fromEntries(trailers) }
}

async function refusal(text: Uint8Array | string, rules: ChunkRules): Promise<string> {
  const error = await decode(text, rules, [1000]).catch((error) => error)
  expect((rules.room as Room).taken).toBe(0)
  return error.code ?? `taken: ${JSON.stringify(error)}`.slice(0, 100)
}

describe('a chunked body', () => {
  it.each(all)('$name begins with the signature of its request', ({ headers, signature }) => {
    const request = {
      method: said.method,
      path: said.path,
      headers: new Map(Object.entries(headers)),
    }
    const payload = payloadOf(request.headers, []).said
    const names = Object.keys(headers).sort()
    const canonical = canonicalRequest(request, [], names, payload, 'once')
    const text = stringToSign(
      said.timestamp,
      said.scope.slice(said.scope.indexOf('/') + 1),
      canonical,
    )
    expect(deriveSigningKey(said.secretAccessKey, scope).hex(text)).toBe(signature)
  })

  it.each(all)('$name gives its bytes and trailers', async (example) => {
    const { text, trailers } = await decode(encoded(example), rulesOf(example))
    expect(text).toBe('a'.repeat(66_560))
    const { 'x-amz-trailer-signature': _, ...others } = example.trailers ?? {}
    expect(trailers).toEqual(others)
  })

  it.each(all)('$name is the same in any pieces, of one byte too', async (example) => {
    const bytes = encoded(example)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1 }),
        async (sizes) => {
          expect((await decode(bytes, rulesOf(example), sizes)).text).toHaveLength(66_560)
        },
      ),
      { numRuns: 20 },
    )
    expect((await decode(bytes, rulesOf(example), [1])).text).toHaveLength(66_560)
  })

  it('unsigned gives its bytes and trailers', async () => {
    const many = `2000\r\n${'x'.repeat(8192)}\r\n2\r\nyz\r\n0\r\n`
    expect(await decode(`${many}\r\n`, unsigned(8194))).toMatchObject({ trailers: {} })
    const rules = unsigned(8194, ['x-amz-checksum-crc32', 'x-amz-meta'])
    const text = `${many}X-Amz-Meta: b c \r\nx-amz-checksum-crc32:AAAAAA==\n\r\n\r\n`
    expect(await decode(text, rules, [3])).toEqual({
      text: `${'x'.repeat(8192)}yz`,
      trailers: { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-meta': 'b c' },
    })
    expect(await decode('0\r\n\r\n', unsigned(0))).toEqual({ text: '', trailers: {} })
  })

  it('holds no more than a chunk, and gives none on before its signature was verified', async () => {
    const bytes = encoded(plain)
    const room = new Room()
    const forged = { ...plain, chunks: [plain.chunks[0]!, [1024, plain.chunks[0]![1]] as const] }
    for (const [text, outcome] of [
      [bytes, 66_560],
      [encoded(forged), 65_536],
    ] as const) {
      let given = 0
      const read = async () => {
        const rules = rulesOf(plain, { room })
        for await (const piece of chunkedPieces(cutInto(text, [100]), rules, new Map())) {
          expect(room.taken).toBe(65_536)
          given += piece.length
        }
      }
      await read().catch((error) => expect(error.code).toBe('SignatureDoesNotMatch'))
      expect([given, room.taken]).toEqual([outcome, 0])
    }
  })
})

describe('a chunked body is refused', () => {
  it('where a byte of it is another', async () => {
    const codes = new Set<string>()
    for (const example of all) {
      const bytes = encoded(example)
      // All but the bytes of the chunks, of which a few do.
      const places = [...bytes.keys()].filter((at) => bytes[at] !== 0x61 || at % 5000 === 0)
      for (const at of places) {
        const changed = Buffer.from(bytes)
        changed[at]! ^= 1
        codes.add(await refusal(changed, rulesOf(example)))
      }
    }
    expect([...codes].sort()).toEqual([
      'IncompleteBody',
      'InvalidChunkSizeError',
      'InvalidRequest',
      'MalformedTrailerError',
      'SignatureDoesNotMatch',
    ])
  })

  it('where it ends early, at any byte that is no data', async () => {
    for (const example of all) {
      const bytes = encoded(example)
      for (let end = 0; end < bytes.length; end += bytes[end] === 0x61 ? 997 : 1) {
        expect(await refusal(bytes.subarray(0, end), rulesOf(example))).toBe('IncompleteBody')
      }
    }
  })

  it('where something follows it', async () => {
    for (const example of all) {
      const bytes = Buffer.concat([encoded(example), Buffer.of(0x30)])
      expect(await refusal(bytes, rulesOf(example))).toBe('InvalidRequest')
    }
  })

  it('where its chunks are not in their order, there twice, or one is missing', async () => {
    const [first, second, last] = plain.chunks as [
      (typeof plain.chunks)[0],
      (typeof plain.chunks)[0],
      (typeof plain.chunks)[0],
    ]
    for (const chunks of [
      [second, first, last],
      [first, first, last],
      [first, last],
      [second, last],
      [last],
    ]) {
      const bytes = chunks.reduce((sum, [size]) => sum + size, 0)
      const text = encoded({ ...plain, chunks })
      expect(await refusal(text, rulesOf(plain, { bytes }))).toBe('SignatureDoesNotMatch')
    }
    expect(await refusal(encoded(plain, 'b'), rulesOf(plain))).toBe('SignatureDoesNotMatch')
    expect(await refusal(encoded(plain), rulesOf(trailing, { trailers: undefined }))).toBe(
      'SignatureDoesNotMatch',
    )
  })

  it('where it has not as many bytes as was said', async () => {
    for (const bytes of [0, 65_536, 66_559, 66_561]) {
      expect(await refusal(encoded(plain), rulesOf(plain, { bytes }))).toBe('IncompleteBody')
    }
  })

  it('where a chunk is too small, or too large to be held', async () => {
    const small = '1fff\r\n'.concat('x'.repeat(8191), '\r\n1\r\ny\r\n0\r\n\r\n')
    expect(await refusal(small, unsigned(8192))).toBe('InvalidChunkSizeError')
    const large = `${(SIGNED_CHUNK_BYTES_MAX + 1).toString(16)};chunk-signature=${'0'.repeat(64)}\r\n`
    const rules = rulesOf(plain, { bytes: 1e12 })
    expect(await refusal(large, rules)).toBe('InvalidChunkSizeError')
  })

  it.each([
    ['signed, where it should not be', `1;chunk-signature=${'0'.repeat(64)}\r\nx\r\n0\r\n\r\n`],
    ['without a size', '\r\nx\r\n0\r\n\r\n'],
    ['with a size that is none', 'g\r\nx\r\n0\r\n\r\n'],
    ['with a negative size', '-1\r\nx\r\n0\r\n\r\n'],
    ['with a size in disguise', '0x1\r\nx\r\n0\r\n\r\n'],
    ['with a line feed alone', '1\nx\r\n0\r\n\r\n'],
    ['with a size that never ends', '0'.repeat(10_000)],
    ['with more in a chunk than said', '1\r\nxy\r\n0\r\n\r\n'],
  ])('%s', async (_, text) => {
    expect(await refusal(text, unsigned(1))).toBe('InvalidRequest')
  })

  it.each([
    ['that was not announced', 'x-amz-meta:1\r\n\r\n', []],
    ['that is there twice', 'a:1\r\na:2\r\n\r\n', ['a']],
    ['that is missing', '\r\n', ['a']],
    ['without a name', ':1\r\n\r\n', ['']],
    ['that never ends', `a:${'1'.repeat(5000)}\r\n\r\n`, ['a']],
    ['of control characters', 'a:1\r2\r\n\r\n', ['a']],
    ['that signs what is not signed', `x-amz-trailer-signature:${'0'.repeat(64)}\r\n\r\n`, []],
  ])('with a trailer %s', async (_, text, trailers) => {
    expect(await refusal(`0\r\n${text}`, unsigned(0, trailers))).toBe('MalformedTrailerError')
  })

  it('with trailers that are not signed, or not as they are', async () => {
    const { 'x-amz-trailer-signature': signature = '', ...checksum } = trailing.trailers ?? {}
    const without = encoded({ ...trailing, trailers: checksum })
    expect(await refusal(without, rulesOf(trailing))).toBe('MalformedTrailerError')
    const trailers = { 'x-amz-checksum-crc32c': 'AAAAAA==', 'x-amz-trailer-signature': signature }
    expect(await refusal(encoded({ ...trailing, trailers }), rulesOf(trailing))).toBe(
      'SignatureDoesNotMatch',
    )
  })
})

describe('what a head says of its body', () => {
  const of = (value: string | undefined, query: Record<string, string> = {}) =>
    payloadOf(
      new Map(value === undefined ? [] : [['x-amz-content-sha256', value]]),
      Object.entries(query),
    )
  const hash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

  it('is its hash, or one of four words', () => {
    expect(of(hash)).toEqual({ said: hash, kind: 'hash', hasTrailer: false })
    expect(of('UNSIGNED-PAYLOAD').kind).toBe('unsigned')
    expect(of('STREAMING-UNSIGNED-PAYLOAD-TRAILER').kind).toBe('unsigned-chunks')
    expect(of('STREAMING-AWS4-HMAC-SHA256-PAYLOAD').hasTrailer).toBe(false)
    expect(of('STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER').hasTrailer).toBe(true)
  })

  it('may be missing where a query is signed, or stand there', () => {
    const query = { 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256' }
    expect(of(undefined, query).said).toBe('UNSIGNED-PAYLOAD')
    expect(of(undefined, { ...query, 'X-Amz-Content-Sha256': hash }).said).toBe(hash)
    expect(of(hash, query).said).toBe(hash)
  })

  it('is nothing else', () => {
    const code = (code: string) => expect.objectContaining({ code })
    expect(() => of(undefined)).toThrow(code('InvalidRequest'))
    for (const value of ['', 'unsigned-payload', hash.toUpperCase(), `${hash}0`, 'STREAMING']) {
      expect(() => of(value)).toThrow(code('InvalidArgument'))
    }
    expect(() => of('STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD')).toThrow(code('NotImplemented'))
  })
})
