/**
 * What an enclave does with an answer: as AWS's Nitro Enclaves SDK reads CMS (aws-nitro-enclaves-sdk-c, source/cms.c).
 *
 * It looks for just these elements in just this order, with or without lengths, and joins the pieces of the content.
 */
import { constants, createDecipheriv, type KeyObject, privateDecrypt } from 'node:crypto'

export interface Cms {
  readonly keyId: Buffer
  readonly encryptedKey: Buffer
  readonly iv: Buffer
  readonly encryptedContent: Buffer
}

const [ENVELOPED_DATA, DATA, AES_256_CBC] = [
  ...['2a864886f70d010703', '2a864886f70d010701', '60864801650304012a'],
]
const OAEP =
  '06092a864886f70d010107302fa00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500'

export function openCms(bytes: Uint8Array, key: KeyObject): Buffer {
  const { encryptedKey, iv, encryptedContent } = readCms(bytes)
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const contentKey = privateDecrypt({ key, padding, oaepHash: 'sha256' }, encryptedKey)
  const decipher = createDecipheriv('aes-256-cbc', contentKey, iv)
  return Buffer.concat([decipher.update(encryptedContent), decipher.final()])
}

export function readCms(bytes: Uint8Array): Cms {
  const reader = new Reader(Buffer.from(bytes))
  reader.open(0x30)
  reader.same(reader.whole(0x06), ENVELOPED_DATA!)
  reader.open(0xa0)
  reader.open(0x30)
  reader.same(reader.whole(0x02), '02')
  const recipients = new Reader(reader.whole(0x31))
  const recipient = new Reader(recipients.whole(0x30))
  recipients.end()
  recipient.same(recipient.whole(0x02), '02')
  const keyId = recipient.whole(0x80)
  recipient.same(recipient.whole(0x30), OAEP)
  const encryptedKey = recipient.whole(0x04)
  recipient.end()
  reader.open(0x30)
  reader.same(reader.whole(0x06), DATA!)
  const algorithm = new Reader(reader.whole(0x30))
  algorithm.same(algorithm.whole(0x06), AES_256_CBC!)
  const iv = algorithm.whole(0x04)
  algorithm.end()
  reader.open(0xa0)
  const pieces: Buffer[] = []
  while (reader.tag === 0x04) pieces.push(reader.whole(0x04))
  for (let open = 0; open < 5; open++) reader.same(reader.whole(0x00), '')
  reader.end()
  return { keyId, encryptedKey, iv, encryptedContent: Buffer.concat(pieces) }
}

class Reader {
  readonly #bytes: Buffer
  #offset = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get tag(): number | undefined {
    return this.#bytes[this.#offset]
  }

  /** The head of an element without a length. */
  open(tag: number): void {
    this.#take(tag)
    this.#take(0x80)
  }

  /** The content of an element with a length. */
  whole(tag: number): Buffer {
    this.#take(tag)
    const first = this.#bytes[this.#offset++]!
    const size = first > 0x80 ? first - 0x80 : 0
    const length = size === 0 ? first : this.#bytes.readUIntBE(this.#offset, size)
    this.#offset += size + length
    return this.#bytes.subarray(this.#offset - length, this.#offset)
  }

  same(content: Buffer, hex: string): void {
    if (content.toString('hex') !== hex) throw new Error(`${content.toString('hex')}, not ${hex}`)
  }

  end(): void {
    if (this.#offset !== this.#bytes.length) throw new Error('bytes are left')
  }

  #take(byte: number): void {
    const found = this.#bytes[this.#offset++]
    if (found !== byte) throw new Error(`${found} where ${byte} must be`)
  }
}
