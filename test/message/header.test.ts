import { describe, expect, it } from 'vitest'
import { encodeContext } from '../../src/message/encryption-context.js'
import {
  headerSize,
  type MessageHeader,
  messageIdIn,
  parseHeader,
  writeHeader,
} from '../../src/message/header.js'
import { foreignMessage } from './foreign-message.js'
import { encryptionContext, hex, sample } from './sample.js'

const KiB = 1024
const MESSAGE_ID = sample('message id', 32)
const COMMIT_KEY = sample('commit key', 32)
const wrap = {
  providerId: 'aws-kms',
  providerInfo: Buffer.from('arn:…'),
  ciphertext: sample('c', 128),
}

const damaged = expect.objectContaining({ code: 'ObjectDamaged' })
const tooLarge = expect.objectContaining({ code: 'InputTooLarge' })

function header(changes: Partial<Parameters<typeof writeHeader>[1]> = {}): Uint8Array {
  const fields = {
    context: encodeContext(encryptionContext),
    encryptedDataKeys: [wrap],
    frameBytes: 4096,
    ...changes,
  }
  const bytes = new Uint8Array(headerSize(fields.context, fields.encryptedDataKeys))
  messageIdIn(bytes).set(MESSAGE_ID)
  bytes.set(COMMIT_KEY, bytes.length - 48)
  writeHeader(bytes, fields)
  return bytes
}

/** The bytes around a context, a list of wraps and a frame length that a test chooses. */
function hostile(parts: { context?: Uint8Array; wraps?: Uint8Array; frames?: Uint8Array }): Buffer {
  return Buffer.concat([
    Buffer.from([2, 4, 0x78]),
    MESSAGE_ID,
    parts.context ?? Buffer.from([0, 0]),
    parts.wraps ?? Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]),
    parts.frames ?? Buffer.from([2, 0, 0, 16, 0]),
    COMMIT_KEY,
    new Uint8Array(16),
  ])
}

describe('a header', () => {
  it('says what was written', () => {
    const bytes = header()
    expect(parseHeader(bytes)).toMatchObject({
      suite: 0x0478,
      messageId: MESSAGE_ID,
      encryptionContext,
      frameBytes: 4096,
      headerBytes: bytes.length,
      bytes,
    })
    const { encryptedDataKeys } = parseHeader(bytes) as MessageHeader
    expect(encryptedDataKeys).toHaveLength(1)
    expect(encryptedDataKeys[0]?.providerId).toBe('aws-kms')
    expect(hex(encryptedDataKeys[0]!.ciphertext)).toBe(hex(wrap.ciphertext))
  })

  it('is the same however much follows it', () => {
    const bytes = header()
    const more = Buffer.concat([bytes, sample('body', 200_000)])
    expect(parseHeader(more)?.headerBytes).toBe(bytes.length)
  })

  it('asks for more wherever it is cut', () => {
    const bytes = header()
    for (let size = 0; size < bytes.length; size++) {
      expect(parseHeader(bytes.subarray(0, size))).toBeUndefined()
    }
  })

  it('of 64 KiB is read, and none beyond', () => {
    const wraps = (bytes: number) => {
      const keys = [{ ...wrap, ciphertext: sample('big', 60_000) }, wrap]
      const rest = bytes - headerSize(new Uint8Array(0), keys)
      return [keys[0]!, { ...wrap, ciphertext: sample('rest', wrap.ciphertext.length + rest) }]
    }
    const context = new Uint8Array(0)
    const largest = header({ context, encryptedDataKeys: wraps(64 * KiB) })
    expect(largest).toHaveLength(64 * KiB)
    expect(parseHeader(largest.subarray(0, -1))).toBeUndefined()
    expect(parseHeader(largest)?.headerBytes).toBe(64 * KiB)
    expect(() => header({ context, encryptedDataKeys: wraps(64 * KiB + 1) })).toThrow(tooLarge)
  })

  it('keeps views into what was parsed, and copies nothing', () => {
    const bytes = header()
    expect(parseHeader(bytes)?.messageId.buffer).toBe(bytes.buffer)
  })

  it.each([
    ['no wrap', []],
    ['nine wraps', Array(9).fill(wrap)],
    ['a wrap of 64 KiB', [{ ...wrap, ciphertext: new Uint8Array(65_536) }]],
  ])('is not written with %s', (_, encryptedDataKeys) => {
    expect(() => header({ encryptedDataKeys })).toThrow()
  })

  it('is not written with a context beyond 8 KiB', () => {
    expect(header({ context: new Uint8Array(8 * KiB) })).toBeDefined()
    expect(() => header({ context: new Uint8Array(8 * KiB + 1) })).toThrow(tooLarge)
  })
})

describe('a header from elsewhere', () => {
  it.each([1, 0, 3, 0x41, 0x80])('of version %i is refused by its first byte', (version) => {
    expect(() => parseHeader(Buffer.from([version]))).toThrow(damaged)
  })

  it.each([0x0014, 0x0046, 0x0078, 0x0114, 0x0178, 0x0214, 0x0346, 0x0378, 0x0477, 0x0578 + 1])(
    'of suite %i is refused by its third byte',
    (suite) => {
      expect(() => parseHeader(Buffer.from([2, suite >> 8, suite & 0xff]))).toThrow(damaged)
    },
  )

  it.each([
    ['a signing suite without a public key', patch(hostile({}), 1, 5)],
    ['an unknown content type', hostile({ frames: Buffer.from([3, 0, 0, 16, 0]) })],
    ['content type 0', hostile({ frames: Buffer.from([0, 0, 0, 16, 0]) })],
    ['frames of length 0', hostile({ frames: Buffer.from([2, 0, 0, 0, 0]) })],
    ['no frames, but a frame length', hostile({ frames: Buffer.from([1, 0, 0, 16, 0]) })],
    ['no wrap at all', hostile({ wraps: Buffer.from([0, 0]) })],
    [
      'a provider id that is not UTF-8',
      hostile({ wraps: Buffer.from('00010001ff00000000', 'hex') }),
    ],
    ['a context of no pairs', hostile({ context: Buffer.from([0, 2, 0, 0]) })],
    ['a context that its size cuts', hostile({ context: Buffer.from([0, 4, 0, 1, 0, 5]) })],
    [
      'a public key and no signature',
      header({ context: encodeContext({ 'aws-crypto-public-key': 'x' }) }),
    ],
  ])('with %s is damaged', (_, bytes) => {
    expect(() => parseHeader(bytes)).toThrow(damaged)
  })

  it('with 65,535 wraps is refused before they are read', () => {
    const bytes = hostile({ wraps: Buffer.from([0xff, 0xff]) }).subarray(0, 39)
    expect(() => parseHeader(bytes)).toThrow(tooLarge)
  })

  it('with 9 wraps is refused, with 8 it is not', () => {
    const message = { dataKey: sample('key', 32), plain: new Uint8Array(1), frameBytes: 16 }
    expect(parseHeader(foreignMessage({ ...message, wraps: 8 })[0]!)).toBeDefined()
    expect(() => parseHeader(foreignMessage({ ...message, wraps: 9 })[0]!)).toThrow(tooLarge)
  })

  it('with a context of 64 KiB is refused before it is read', () => {
    const bytes = hostile({ context: Buffer.from([0xff, 0xff]) }).subarray(0, 37)
    expect(() => parseHeader(bytes)).toThrow(tooLarge)
  })

  it('with frames of 4 GiB is refused', () => {
    const bytes = hostile({ frames: Buffer.from([2, 0xff, 0xff, 0xff, 0xff]) })
    expect(() => parseHeader(bytes)).toThrow(tooLarge)
  })

  it('may have frames of 16 MiB where the limits say so, and no larger ones', () => {
    const sixteen = hostile({ frames: Buffer.from([2, 1, 0, 0, 0]) })
    expect(() => parseHeader(sixteen)).toThrow(tooLarge)
    expect(parseHeader(sixteen, { frameBytesMax: 2 ** 24 })?.frameBytes).toBe(2 ** 24)
    expect(() => parseHeader(sixteen, { frameBytesMax: 2 ** 24 - 1 })).toThrow(tooLarge)
    const invalid = expect.objectContaining({ code: 'InputInvalid' })
    expect(() => parseHeader(sixteen, { frameBytesMax: 2 ** 24 + 1 })).toThrow(invalid)
    expect(() => parseHeader(sixteen, { frameBytesMax: Number.NaN })).toThrow(invalid)
  })

  it('that goes on beyond 64 KiB is refused at 64 KiB', () => {
    const wraps = Buffer.concat([
      Buffer.from([0, 2, 0, 0, 0, 0, 0xff, 0xff]),
      new Uint8Array(65_535),
    ])
    const bytes = hostile({ wraps })
    expect(parseHeader(bytes.subarray(0, 65_535))).toBeUndefined()
    expect(() => parseHeader(bytes.subarray(0, 65_536))).toThrow(tooLarge)
    expect(() => parseHeader(bytes)).toThrow(tooLarge)
  })
})

function patch(bytes: Buffer, at: number, value: number): Buffer {
  bytes[at] = value
  return bytes
}
