/** What no good client sends to S3: keys that look like paths, bodies that are not what was said, documents that explode. */
import { hash, randomBytes } from 'node:crypto'
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { encodeUri } from '../../src/aws/query-string.js'
import { CHECKSUM_ALGORITHMS, type ChecksumAlgorithm } from '../../src/s3/checksums/algorithms.js'
import { startChecksum } from '../../src/s3/checksums/checksum.js'
import { FRONTS, type Heard, type ServedHouse, serveHouse } from '../support/s3-served.js'
import { signedChunks } from '../support/stream-door.js'

const Bucket = 'bad-input'
/** Larger than what lies in packs, so that a blob is a file. */
const BODY = randomBytes(200_000)
const CHUNK = 64 * 1024
const SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
const UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'

/** As it goes out, and the key that it is. */
const KEYS: ReadonlyArray<readonly [sent: string, key: string]> = [
  ['../a', '../a'],
  ['../../../../etc/passwd', '../../../../etc/passwd'],
  ['..%2f..%2fa', '../../a'],
  ['%2e%2e', '..'],
  ['.', '.'],
  ['a/./b/../c', 'a/./b/../c'],
  ['%2e%2e%2fa%2F', '../a/'],
  ['%252e%252e', '%2e%2e'],
  ['nul%00here', 'nul\0here'],
  ['back%5Cslash%5C..', 'back\\slash\\..'],
  ['/', '/'],
  ['//a//b//', '//a//b//'],
  ['CON', 'CON'],
  ['aux.txt', 'aux.txt'],
  ['a%3Ab', 'a:b'],
  ['%20lead%20and%20trail%20', ' lead and trail '],
  ['a+b', 'a+b'],
  ['%0D%0AX-Injected:%20yes', '\r\nX-Injected: yes'],
  ['%F0%9F%92%A5', '💥'],
  ['%EF%BF%BF', '\uffff'],
  ['%C3%A9', '\u00e9'],
  ['e%CC%81', 'e\u0301'],
  ['%3Cscript%3E%26', '<script>&'],
]

describe.each(FRONTS)('behind the %s front', (front) => {
  let served: ServedHouse
  let s3: S3Client

  beforeAll(async () => {
    served = await serveHouse({ front })
    s3 = served.client()
    await s3.send(new CreateBucketCommand({ Bucket }))
  })
  afterAll(() => served.close())

  const put = (path: string, body: Uint8Array | string, headers = {}, query = '') =>
    served.send({ method: 'PUT', path: `/${Bucket}/${path}`, query, headers, body })
  const get = (path: string, headers = {}) => served.send({ path: `/${Bucket}/${path}`, headers })
  const keys = async (Prefix?: string) => {
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix, EncodingType: 'url' }),
    )
    return Contents.map(({ Key }) => decodeURIComponent(Key!.replaceAll('+', ' ')))
  }

  describe('a key', () => {
    it.each(KEYS)('%j is a key like others', async (sent, key) => {
      const body = `of ${sent}`
      expect((await put(sent, body)).status).toBe(200)
      expect((await get(sent)).text).toBe(body)
      expect((await get(encodeUri(key))).text).toBe(body)
      expect(await keys()).toEqual([key])
      const gone = await served.send({ method: 'DELETE', path: `/${Bucket}/${encodeUri(key)}` })
      expect(gone.status).toBe(204)
      expect(await keys()).toEqual([])
    })

    it.each([
      ['a'.repeat(1024), 'a'.repeat(1025)],
      ['💥'.repeat(256), `${'💥'.repeat(256)}a`],
      ['\u0001'.repeat(1024), '\u0001'.repeat(1025)],
    ])('has 1,024 bytes at most', async (most, more) => {
      expect((await put(encodeUri(most), 'x')).status).toBe(200)
      expect((await get(encodeUri(most))).text).toBe('x')
      const refused = await put(encodeUri(more), 'x')
      expect(refused).toMatchObject({ status: 400, code: 'KeyTooLongError' })
      await served.send({ method: 'DELETE', path: `/${Bucket}/${encodeUri(most)}` })
      expect(await keys()).toEqual([])
    })

    it.each(['%zz', '%', '%c3', '%ff', '%ed%a0%80'])('%j is none', async (sent) => {
      const headers = served.headersOf({ method: 'PUT', path: `/${Bucket}/a` })
      const path = `/${Bucket}/${sent}`
      const refused = await served.send({ method: 'PUT', path, headers, isUnsigned: true })
      expect(refused).toMatchObject({ status: 400, code: 'InvalidURI' })
      expect(await keys()).toEqual([])
    })
  })

  it('lists keys with control characters in their order, page by page', async () => {
    const all = [
      'a',
      'a\0',
      'a\0\0',
      'a\0b',
      'a\u0001',
      'a\u0001b',
      'a\u0002',
      'a/\0/b',
      'a/b',
      'b',
    ]
    const list = async (query: string) => {
      const found: string[] = []
      for (let next = ''; ; ) {
        const { text } = await served.send({ path: `/${Bucket}`, query: `${query}${next}` })
        const keys = [...text.matchAll(/<(?:Key|Prefix)>([^<]+)</g)].map(([, key]) => key!)
        found.push(...keys.map((key) => decodeURIComponent(key.replaceAll('+', ' '))))
        const token = /<NextContinuationToken>(.*?)</.exec(text)?.[1]
        if (token === undefined || found.length > 99) return found
        next = `&continuation-token=${encodeUri(token)}`
      }
    }
    for (const key of all) expect((await put(encodeUri(key), 'x')).status).toBe(200)
    const sorted = all.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const paged = 'encoding-type=url&list-type=2&max-keys=1'
    expect(await list(paged)).toEqual(sorted)
    const rolled = [...new Set(sorted.map((key) => (key.startsWith('a/') ? 'a/' : key)))]
    expect(await list(`${paged}&delimiter=%2F`)).toEqual(rolled)
    const behind = sorted.filter((key) => key.startsWith('a\0'))
    // Each page ends with the prefix itself.
    const pages = await list(`${paged}&prefix=a%00`)
    expect(pages.filter((_, i) => i % 2 === 0)).toEqual(behind)
    for (const key of all) {
      await served.send({ method: 'DELETE', path: `/${Bucket}/${encodeUri(key)}` })
    }
    expect(await keys()).toEqual([])
  })

  describe('an upload that is refused', () => {
    let before: ReturnType<ServedHouse['blobFiles']>

    beforeAll(async () => {
      await s3.send(new PutObjectCommand({ Bucket, Key: 'there', Body: 'as it was' }))
      before = served.blobFiles()
    })
    // Nothing of it is to be seen, and no blob is left.
    afterEach(async () => {
      expect(served.blobFiles()).toEqual(before)
      expect((await get('there')).text).toBe('as it was')
      expect(await keys()).toEqual(['there'])
    })
    const refused = (answer: Heard, status: number, code: string) =>
      expect([answer.status, answer.code]).toEqual([status, code])

    /** In signed chunks, with what `change` makes of them. */
    const chunked = (
      change: (chunks: Buffer) => Buffer,
      { trailers = undefined as Record<string, string> | undefined, decoded = BODY.length } = {},
    ) => {
      const more = trailers && { 'x-amz-trailer': Object.keys(trailers).join(',') }
      const headers = {
        'x-amz-content-sha256': trailers === undefined ? SIGNED : `${SIGNED}-TRAILER`,
        'x-amz-decoded-content-length': String(decoded),
        ...more,
      }
      const all = served.headersOf({ method: 'PUT', path: `/${Bucket}/there`, headers })
      const { secretAccessKey } = served.credentials
      const body = change(signedChunks(all, BODY, CHUNK, trailers, secretAccessKey))
      const sent = { method: 'PUT', path: `/${Bucket}/there`, body, isUnsigned: true }
      return served.send({ ...sent, headers: all })
    }
    const lineBytes = `${CHUNK.toString(16)};chunk-signature=`.length + 64 + 2

    it('has a chunk whose signature is not its own', async () => {
      const changed = await chunked((chunks) => {
        const at = lineBytes + CHUNK + 2 + lineBytes - 10
        chunks[at] = chunks[at] === 0x30 ? 0x31 : 0x30
        return chunks
      })
      refused(changed, 403, 'SignatureDoesNotMatch')
    })

    it('has a byte that was not signed', async () => {
      const changed = await chunked((chunks) => {
        chunks[lineBytes + CHUNK - 1]! ^= 1
        return chunks
      })
      refused(changed, 403, 'SignatureDoesNotMatch')
    })

    it('has its chunks in another order, one of them twice, or not all', async () => {
      const one = lineBytes + CHUNK + 2
      const parts = (chunks: Buffer) =>
        [chunks.subarray(0, one), chunks.subarray(one, 2 * one), chunks.subarray(2 * one)] as const
      const orders = await Promise.all([
        chunked((chunks) => {
          const [a, b, rest] = parts(chunks)
          return Buffer.concat([b, a, rest])
        }),
        chunked((chunks) => {
          const [a, , rest] = parts(chunks)
          return Buffer.concat([a, a, rest])
        }),
        chunked((chunks) => {
          const [a, , rest] = parts(chunks)
          return Buffer.concat([a, rest])
        }),
      ])
      for (const answer of orders) refused(answer, 403, 'SignatureDoesNotMatch')
    })

    it('ends before its last chunk', async () => {
      for (const bytes of [100, lineBytes + 100, 2 * (lineBytes + CHUNK + 2)]) {
        const answer = await chunked((chunks) => chunks.subarray(0, bytes))
        refused(answer, 400, 'IncompleteBody')
      }
    })

    it.each([BODY.length - 1, BODY.length + 1, 0])('says that it has %i bytes', async (decoded) => {
      const answer = await chunked((chunks) => chunks, { decoded })
      expect(answer).toMatchObject({ status: 400, code: 'IncompleteBody' })
    })

    it('is not what its hash says', async () => {
      const headers = { 'x-amz-content-sha256': hash('sha256', 'another', 'hex') }
      refused(await put('there', BODY, headers), 400, 'XAmzContentSHA256Mismatch')
    })

    const digestOf = async (algorithm: ChecksumAlgorithm, bytes: Uint8Array) =>
      (await startChecksum(algorithm)).update(bytes).digest()

    it.each(CHECKSUM_ALGORITHMS)('is not what %s says, in a header or a trailer', async (name) => {
      const header = `x-amz-checksum-${name.toLowerCase()}`
      const wrong = await digestOf(name, Buffer.from('another'))
      refused(await put('there', BODY, { [header]: wrong }), 400, 'BadDigest')
      refused(await put('there', 'small', { [header]: wrong }), 400, 'BadDigest')
      refused(await put('there', BODY, { [header]: 'AAAA' }), 400, 'InvalidRequest')
      const signed = await chunked((chunks) => chunks, { trailers: { [header]: wrong } })
      refused(signed, 400, 'BadDigest')
      const trailing = (line: string) => {
        const size = `${BODY.length.toString(16)}\r\n`
        const body = Buffer.concat([
          Buffer.from(size),
          BODY,
          Buffer.from(`\r\n0\r\n${line}\r\n\r\n`),
        ])
        return put('there', body, {
          ...{ 'x-amz-content-sha256': UNSIGNED_TRAILER, 'x-amz-trailer': header },
          'x-amz-decoded-content-length': String(BODY.length),
        })
      }
      refused(await trailing(`${header}:${wrong}`), 400, 'BadDigest')
      refused(await trailing(`${header}:AAAA`), 400, 'InvalidRequest')
      refused(await trailing('x-amz-other:AAAA'), 400, 'MalformedTrailerError')
      refused(await trailing(''), 400, 'MalformedTrailerError')
    })

    it('has two checksums, or one of no kind', async () => {
      const two = {
        'x-amz-checksum-crc32': await digestOf('CRC32', BODY),
        'x-amz-checksum-sha1': await digestOf('SHA1', BODY),
      }
      refused(await put('there', BODY, two), 400, 'InvalidRequest')
      const sdk = { 'x-amz-sdk-checksum-algorithm': 'CRC31' }
      refused(await put('there', BODY, sdk), 400, 'InvalidRequest')
      refused(await put('there', BODY, { 'content-md5': 'x' }), 400, 'InvalidDigest')
    })

    it('is under a condition that does not hold', async () => {
      refused(await put('there', BODY, { 'if-none-match': '*' }), 412, 'PreconditionFailed')
      refused(await put('there', BODY, { 'if-match': '"another"' }), 412, 'PreconditionFailed')
    })

    it('says of itself what nothing can be', async () => {
      const long = { 'x-amz-meta-a': 'x'.repeat(2049) }
      refused(await put('there', BODY, long), 400, 'MetadataTooLarge')
      refused(await put('there', BODY, { 'x-amz-tagging': 'a=1&a=2' }), 400, 'InvalidArgument')
      const sse = { 'x-amz-server-side-encryption': 'ROT13' }
      refused(await put('there', BODY, sse), 400, 'InvalidArgument')
      const storage = { 'x-amz-storage-class': 'CHEAP' }
      refused(await put('there', BODY, storage), 400, 'InvalidStorageClass')
    })

    it('is a part that there is none of', async () => {
      const { UploadId } = await s3.send(
        new CreateMultipartUploadCommand({ Bucket, Key: 'in-parts' }),
      )
      const part = (number: string, id = UploadId!) =>
        put('in-parts', BODY, {}, `partNumber=${number}&uploadId=${encodeUri(id)}`)
      for (const number of ['0', '10001', '-1', '1.5', 'one', '99999999999999999999']) {
        refused(await part(number), 400, 'InvalidArgument')
      }
      refused(await part('1', 'none'), 404, 'NoSuchUpload')
      refused(await part('1', `${UploadId}/../..`), 404, 'NoSuchUpload')
      const complete = (body: string) =>
        served.send({
          ...{ method: 'POST', path: `/${Bucket}/in-parts`, body },
          query: `uploadId=${encodeUri(UploadId!)}`,
        })
      const named = (numbers: readonly number[]) => {
        const parts = numbers.map(
          (n) => `<Part><PartNumber>${n}</PartNumber><ETag>"${'0'.repeat(32)}"</ETag></Part>`,
        )
        return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`
      }
      const many = named(Array.from({ length: 10_001 }, (_, i) => i + 1))
      expect((await complete(many)).status).toBe(400)
      refused(await complete(named([1])), 400, 'InvalidPart')
      refused(await complete(named([])), 400, 'InvalidRequest')
      refused(await complete('<CompleteMultipartUpload><Part>'), 400, 'MalformedXML')
      const aborted = await served.send({
        ...{ method: 'DELETE', path: `/${Bucket}/in-parts` },
        query: `uploadId=${encodeUri(UploadId!)}`,
      })
      expect(aborted.status).toBe(204)
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }))
      expect(Uploads).toEqual([])
    })
  })

  describe('a range', () => {
    const bytes = BODY.subarray(0, 100_000)
    beforeAll(async () => {
      await s3.send(new PutObjectCommand({ Bucket, Key: 'ranged', Body: bytes }))
      await s3.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '' }))
    })

    it.each([
      ['bytes=0-0', 0, 1],
      ['bytes=99999-', 99_999, 100_000],
      ['bytes=-1', 99_999, 100_000],
      ['bytes=-999999', 0, 100_000],
      ['bytes=65535-65536', 65_535, 65_537],
      ['bytes=5-99999999999999', 5, 100_000],
    ])('%s is a part', async (range, from, to) => {
      const { status, body, headers } = await get('ranged', { range })
      expect(status).toBe(206)
      expect(headers['content-range']).toBe(`bytes ${from}-${to - 1}/100000`)
      expect(body.equals(bytes.subarray(from, to))).toBe(true)
    })

    it.each(['bytes=100000-', 'bytes=100001-100005', 'bytes=-0'])(
      '%s cannot be had',
      async (range) => {
        expect(await get('ranged', { range })).toMatchObject({ status: 416, code: 'InvalidRange' })
      },
    )

    it.each([
      'bytes=5-1',
      'bytes=0-1,2-3',
      'bytes=0-5,3-9',
      'bytes=',
      'bytes=a-b',
      'lines=1-2',
      'bytes=--1',
      'bytes=1-2-3',
      ',',
    ])('%s is none, or more than one, and all is told', async (range) => {
      const { status, body } = await get('ranged', { range })
      expect([status, body.length]).toEqual([200, 100_000])
    })

    it('of nothing cannot be had', async () => {
      expect((await get('empty', { range: 'bytes=0-' })).status).toBe(416)
    })
  })

  describe('a document', () => {
    const documents: ReadonlyArray<readonly [what: string, text: string]> = [
      ['that explodes', bomb()],
      [
        'that reads a file',
        '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><Tagging>&e;</Tagging>',
      ],
      ['that is deep', '<a>'.repeat(100_000)],
      [
        'of many attributes',
        `<Tagging ${Array.from({ length: 20_000 }, (_, i) => `a${i}="x"`).join(' ')}/>`,
      ],
      ['of another kind', '<Delete/>'],
      ['that is none', 'nothing of the kind'],
      ['that is not UTF-8', '<Tagging>\xff\xfe</Tagging>'],
      ['that does not end', '<Tagging><TagSet>'],
      ['that has two roots', '<Tagging/><Tagging/>'],
    ]

    it.each(documents)('%s is malformed', async (_, text) => {
      const body = Buffer.from(text, 'latin1')
      const headers = { 'content-md5': hash('md5', body, 'base64') }
      const sent = { method: 'PUT', path: `/${Bucket}`, query: 'tagging', headers, body }
      expect(await served.send(sent)).toMatchObject({ status: 400, code: 'MalformedXML' })
    })

    it('has a bound', async () => {
      const body = `<Tagging>${' '.repeat(2 * 1024 * 1024)}</Tagging>`
      const headers = { 'content-md5': hash('md5', body, 'base64') }
      const sent = { method: 'PUT', path: `/${Bucket}`, query: 'tagging', headers, body }
      expect(await served.send(sent)).toMatchObject({
        ...{ status: 400, code: 'MaxMessageLengthExceeded' },
      })
    })

    it('deletes a thousand at most', async () => {
      const names = Array.from({ length: 1001 }, (_, i) => `<Object><Key>${i}</Key></Object>`)
      const body = `<Delete>${names.join('')}</Delete>`
      const headers = { 'content-md5': hash('md5', body, 'base64') }
      const sent = { method: 'POST', path: `/${Bucket}`, query: 'delete', headers, body }
      expect(await served.send(sent)).toMatchObject({ status: 400, code: 'MalformedXML' })
    })
  })
})

/** A billion laughs. */
function bomb(): string {
  const entities = Array.from({ length: 9 }, (_, i) => {
    const before = `&l${i};`.repeat(10)
    return `<!ENTITY l${i + 1} "${before}">`
  })
  return `<!DOCTYPE d [<!ENTITY l0 "lol">${entities.join('')}]><Tagging>&l9;</Tagging>`
}
