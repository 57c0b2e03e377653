/** What an upload says of its bytes, held against them. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { StreamingBody } from '../../../src/aws/streaming.js'
import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  checksumHeader,
  checksumMember,
} from '../../../src/s3/checksums/algorithms.js'
import { checkedBody } from '../../../src/s3/checksums/checked-body.js'
import { startChecksum } from '../../../src/s3/checksums/checksum.js'
import { type ChecksumInput, expectedChecksum } from '../../../src/s3/checksums/expected.js'

const TEXT = Buffer.from('what is said of these bytes must be true of them')
const MD5 = createHash('md5').update(TEXT)
const [MD5_BASE64, MD5_HEX] = [MD5.copy().digest('base64'), MD5.digest('hex')]

function bodyOf(trailers: Record<string, string> = {}, isWhole = false): StreamingBody {
  async function* pieces() {
    for (let at = 0; at < TEXT.length; at += 7) yield TEXT.subarray(at, at + 7)
  }
  return {
    bytes: TEXT.length,
    whole: isWhole ? TEXT : undefined,
    pieces: pieces(),
    trailers: () => new Map(Object.entries(trailers)),
  }
}

async function read(body: StreamingBody, input: ChecksumInput, announced: string[] = []) {
  const expected = expectedChecksum(input, announced)
  const { body: through, outcome } = await checkedBody(body, expected, { md5: true })
  const pieces: Uint8Array[] = []
  for await (const piece of through.pieces) pieces.push(piece)
  expect(Buffer.concat(pieces)).toEqual(TEXT)
  return outcome()
}

async function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array = TEXT): Promise<string> {
  return (await startChecksum(algorithm)).update(bytes).digest()
}

const refused = (code: string, message: string) => expect.objectContaining({ code, message })

describe('a body that comes with a checksum', () => {
  it.each(CHECKSUM_ALGORITHMS)(
    'by %s is taken when it is right, wherever that stands',
    async (name) => {
      const value = await checksumOf(name)
      const taken = { checksum: { algorithm: name, value, type: 'FULL_OBJECT' }, md5: MD5_HEX }
      const input = { [checksumMember(name)]: value }
      expect(await read(bodyOf(), input)).toMatchObject(taken)
      expect(await read(bodyOf({}, true), input)).toMatchObject(taken)
      expect(await read(bodyOf(), { ...input, ChecksumAlgorithm: name })).toMatchObject(taken)
      const header = checksumHeader(name)
      expect(await read(bodyOf({ [header]: value }), {}, [header])).toMatchObject(taken)
    },
  )

  it.each(CHECKSUM_ALGORITHMS)('by %s is refused when it is wrong', async (name) => {
    const value = await checksumOf(name, Buffer.from('others'))
    const says = `The ${name} you specified did not match the calculated checksum.`
    const wrong = refused('BadDigest', says)
    const input = { [checksumMember(name)]: value }
    await expect(read(bodyOf(), input)).rejects.toEqual(wrong)
    await expect(read(bodyOf({}, true), input)).rejects.toEqual(wrong)
    const header = checksumHeader(name)
    await expect(read(bodyOf({ [header]: value }), {}, [header])).rejects.toEqual(wrong)
  })

  it.each(CHECKSUM_ALGORITHMS)('by %s is refused when it is none', async (name) => {
    const header = checksumHeader(name)
    for (const value of ['', '!', 'AAA=', ` ${await checksumOf(name)}`]) {
      expect(() => expectedChecksum({ [checksumMember(name)]: value })).toThrow(
        refused('InvalidRequest', `Value for ${header} header is invalid.`),
      )
      await expect(read(bodyOf({ [header]: value }), {}, [header])).rejects.toEqual(
        refused('InvalidRequest', `Value for ${header} trailing header is invalid.`),
      )
    }
    await expect(read(bodyOf(), {}, [header])).rejects.toMatchObject({ code: 'InvalidRequest' })
  })

  it('has one and no more', async () => {
    const [ChecksumCRC32, ChecksumSHA1] = [await checksumOf('CRC32'), await checksumOf('SHA1')]
    const many = refused(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
    expect(() => expectedChecksum({ ChecksumCRC32, ChecksumSHA1 })).toThrow(many)
    expect(() => expectedChecksum({ ChecksumCRC32 }, ['x-amz-checksum-sha1'])).toThrow(many)
    expect(() => expectedChecksum({ ChecksumCRC32 }, ['x-amz-checksum-crc32'])).toThrow(many)
  })

  it('says no algorithm that is another, none, or has no checksum', async () => {
    const ChecksumCRC32 = await checksumOf('CRC32')
    for (const [input, code] of [
      [{ ChecksumCRC32, ChecksumAlgorithm: 'SHA1' }, 'BadDigest'],
      [{ ChecksumCRC32, ChecksumAlgorithm: 'CRC31' }, 'InvalidRequest'],
      [{ ChecksumCRC32, ChecksumAlgorithm: 'constructor' }, 'InvalidRequest'],
      [{ ChecksumAlgorithm: 'SHA1' }, 'InvalidRequest'],
    ] as const) {
      expect(() => expectedChecksum(input)).toThrow(expect.objectContaining({ code }))
    }
  })
})

describe('a body that comes with none', () => {
  it('gets CRC64NVME', async () => {
    const value = await checksumOf('CRC64NVME')
    expect(await read(bodyOf(), {})).toEqual({
      checksum: { algorithm: 'CRC64NVME', value, type: 'FULL_OBJECT' },
      md5: MD5_HEX,
      bytes: TEXT.length,
    })
  })

  it('may have a Content-MD5, which must be right', async () => {
    expect(await read(bodyOf(), { ContentMD5: MD5_BASE64 })).toMatchObject({ md5: MD5_HEX })
    await expect(
      read(bodyOf(), { ContentMD5: await checksumOf('MD5', Buffer.of(1)) }),
    ).rejects.toEqual(
      refused('BadDigest', 'The Content-MD5 you specified did not match what we received.'),
    )
    for (const ContentMD5 of ['', 'x', MD5_HEX, await checksumOf('SHA1')]) {
      expect(() => expectedChecksum({ ContentMD5 })).toThrow(
        refused('InvalidDigest', 'The Content-MD5 you specified was invalid.'),
      )
    }
  })
})
