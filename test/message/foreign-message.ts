/**
 * Messages as others may write them: any frame length, an empty final frame, no frames, signed. Written from
 * the format's description with node:crypto alone, so that it shares no mistake with src/message.
 */
import { createCipheriv, createSign, ECDH, generateKeyPairSync, hkdfSync } from 'node:crypto'

export interface ForeignMessage {
  readonly dataKey: Uint8Array
  readonly plain: Uint8Array
  /** 0: unframed. */
  readonly frameBytes: number
  readonly context?: Record<string, string>
  /** Writes an empty final frame after full ones. */
  readonly emptyFinal?: boolean
  readonly signed?: boolean
  readonly wraps?: number
}

const MESSAGE_ID = Buffer.alloc(32, 7)

/** The parts of the message: header, then each frame (or the one body), then the footer if it is signed. */
export function foreignMessage(message: ForeignMessage): Buffer[] {
  const suite = message.signed ? Buffer.from([5, 0x78]) : Buffer.from([4, 0x78])
  const signer = message.signed ? newSigner() : undefined
  const context = { ...message.context, ...signer?.context }
  const key = derive(message.dataKey, Buffer.concat([suite, Buffer.from('DERIVEKEY')]))
  const body = Buffer.concat([
    Buffer.from([2]),
    suite,
    MESSAGE_ID,
    u16Bytes(contextBytes(context)),
    u16(message.wraps ?? 1),
    ...Array.from({ length: message.wraps ?? 1 }, wrap),
    Buffer.from([message.frameBytes > 0 ? 2 : 1]),
    u32(message.frameBytes),
    derive(message.dataKey, Buffer.from('COMMITKEY')),
  ])
  const { tag } = gcm(key, Buffer.alloc(12), body, Buffer.alloc(0))
  const parts: Buffer[] = [Buffer.concat([body, tag])]
  parts.push(...(message.frameBytes > 0 ? frames(key, message) : [unframed(key, message.plain)]))
  if (signer !== undefined) parts.push(u16Bytes(signer.sign(Buffer.concat(parts))))
  return parts
}

function frames(key: Buffer, { plain, frameBytes, emptyFinal }: ForeignMessage): Buffer[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < plain.length; at += frameBytes) {
    pieces.push(plain.subarray(at, at + frameBytes))
  }
  if (pieces.length === 0 || emptyFinal) pieces.push(new Uint8Array(0))
  return pieces.map((piece, index) => {
    const number = u32(index + 1)
    const isFinal = index === pieces.length - 1
    const iv = Buffer.concat([Buffer.alloc(8), number])
    const aad = frameAad(isFinal ? 'Final Frame' : 'Frame', index + 1, piece.length)
    const { text, tag } = gcm(key, iv, aad, piece)
    return isFinal
      ? Buffer.concat([u32(0xffffffff), number, iv, u32(piece.length), text, tag])
      : Buffer.concat([number, iv, text, tag])
  })
}

function unframed(key: Buffer, plain: Uint8Array): Buffer {
  const iv = Buffer.concat([Buffer.alloc(8), u32(1)])
  const { text, tag } = gcm(key, iv, frameAad('Single Block', 1, plain.length), plain)
  return Buffer.concat([iv, u32(0), u32(plain.length), text, tag])
}

function frameAad(content: string, number: number, plainBytes: number): Buffer {
  const label = Buffer.from(`AWSKMSEncryptionClient ${content}`)
  return Buffer.concat([MESSAGE_ID, label, u32(number), u32(0), u32(plainBytes)])
}

function gcm(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, plain: Uint8Array) {
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad)
  const text = Buffer.concat([cipher.update(plain), cipher.final()])
  return { text, tag: cipher.getAuthTag() }
}

function derive(dataKey: Uint8Array, info: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha512', dataKey, MESSAGE_ID, info, 32))
}

function newSigner() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const { x, y } = publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([
    Buffer.from([4]),
    Buffer.from(x as string, 'base64url'),
    Buffer.from(y as string, 'base64url'),
  ])
  const compressed = ECDH.convertKey(point, 'secp384r1', undefined, 'base64', 'compressed')
  return {
    context: { 'aws-crypto-public-key': compressed as string },
    sign: (bytes: Uint8Array) => createSign('sha384').update(bytes).sign(privateKey),
  }
}

function contextBytes(context: Record<string, string>): Buffer {
  const pairs = Object.entries(context).map((pair) => pair.map((text) => Buffer.from(text)))
  if (pairs.length === 0) return Buffer.alloc(0)
  pairs.sort((a, b) => Buffer.compare(a[0]!, b[0]!))
  return Buffer.concat([u16(pairs.length), ...pairs.flat().map(u16Bytes)])
}

function wrap(): Buffer {
  return Buffer.concat(['none', 'info', 'wrapped'].map((text) => u16Bytes(Buffer.from(text))))
}

function u16Bytes(bytes: Uint8Array): Buffer {
  return Buffer.concat([u16(bytes.length), bytes])
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff])
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
