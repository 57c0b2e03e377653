/**
 * The line to beat: a key service as one would write it in an afternoon, on node:http and node:crypto.
 *
 * CreateKey, DescribeKey, GenerateDataKey and Decrypt; Signature Version 4 verified with a cached signing key;
 * AES-256-GCM with the encryption context as additional data. Written for speed as far as that costs no thought:
 * KeyObjects, no framework, one pass over the body. What it lacks is what ours is measured for: no record, nothing
 * on the disk, no limits, no constraints, no wiping.
 *
 * @module
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  randomUUID,
  timingSafeEqual,
} from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { systemClock } from '../../clock.js'
import type { AccessKey } from '../user.js'

const ACCOUNT = '000000000000'
const SKEW_MS = 15 * 60 * 1000
const [ID_BYTES, NONCE_BYTES, TAG_BYTES] = [16, 12, 16]

interface Key {
  readonly id: Buffer
  readonly arn: string
  readonly material: KeyObject
}

interface Input {
  readonly KeyId?: string
  readonly KeySpec?: 'AES_128' | 'AES_256'
  readonly CiphertextBlob?: string
  readonly EncryptionContext?: Readonly<Record<string, string>>
}

class Refusal extends Error {
  readonly type: string

  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}

const keys = new Map<string, Key>()
const signingKeys = new Map<string, KeyObject>()

/** One of these a process: its keys are the module's. */
export function plainServer(access: AccessKey): Server {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const body = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
      try {
        verify(request, body, access)
        const target = String(request.headers['x-amz-target'])
        send(response, 200, answer(target.slice('TrentService.'.length), body))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        send(response, 400, { __type: error.type, message: error.message })
      }
    })
  })
  server.keepAliveTimeout = 65_000
  return server
}

function send(response: ServerResponse, status: number, value: object): void {
  const text = JSON.stringify(value)
  response.writeHead(status, {
    'Content-Type': 'application/x-amz-json-1.1',
    'Content-Length': Buffer.byteLength(text),
    'x-amzn-RequestId': randomUUID(),
  })
  response.end(text)
}

function answer(operation: string, body: Buffer): object {
  const input = JSON.parse(body.toString()) as Input
  switch (operation) {
    case 'CreateKey':
      return createKey()
    case 'DescribeKey': {
      const { id, arn } = keyOf(input.KeyId ?? '')
      return { KeyMetadata: { KeyId: idText(id), Arn: arn, KeyState: 'Enabled' } }
    }
    case 'GenerateDataKey':
      return generateDataKey(input)
    case 'Decrypt':
      return decrypt(input)
    default:
      throw new Refusal('UnknownOperationException', operation)
  }
}

function createKey(): object {
  const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex')
  const arn = `arn:aws:kms:us-east-1:${ACCOUNT}:key/${idText(id)}`
  keys.set(idText(id), { id, arn, material: createSecretKey(randomBytes(32)) })
  return { KeyMetadata: { KeyId: idText(id), Arn: arn, KeyState: 'Enabled' } }
}

function generateDataKey({ KeyId = '', KeySpec, EncryptionContext }: Input): object {
  const { id, arn, material } = keyOf(KeyId)
  const plain = randomBytes(KeySpec === 'AES_128' ? 16 : 32)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', material, nonce)
  cipher.setAAD(contextBytes(EncryptionContext))
  const sealed = cipher.update(plain)
  cipher.final()
  const blob = Buffer.concat([id, nonce, sealed, cipher.getAuthTag()])
  return {
    CiphertextBlob: blob.toString('base64'),
    Plaintext: plain.toString('base64'),
    KeyId: arn,
  }
}

function decrypt({ CiphertextBlob = '', EncryptionContext }: Input): object {
  const blob = Buffer.from(CiphertextBlob, 'base64')
  if (blob.length < ID_BYTES + NONCE_BYTES + TAG_BYTES) throw notGenuine()
  const { arn, material } = keyOf(idText(blob.subarray(0, ID_BYTES)))
  const nonce = blob.subarray(ID_BYTES, ID_BYTES + NONCE_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', material, nonce)
  decipher.setAAD(contextBytes(EncryptionContext))
  decipher.setAuthTag(blob.subarray(-TAG_BYTES))
  const plain = decipher.update(blob.subarray(ID_BYTES + NONCE_BYTES, -TAG_BYTES))
  try {
    decipher.final()
  } catch {
    throw notGenuine()
  }
  return {
    KeyId: arn,
    Plaintext: plain.toString('base64'),
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  }
}

function keyOf(given: string): Key {
  const key = keys.get(given.slice(given.lastIndexOf('/') + 1))
  if (key === undefined) throw new Refusal('NotFoundException', 'no such key')
  return key
}

function contextBytes(context: Readonly<Record<string, string>> = {}): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort()))
}

function idText(id: Buffer): string {
  const hex = id.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function notGenuine(): Refusal {
  return new Refusal('InvalidCiphertextException', '')
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/

function verify(request: IncomingMessage, body: Buffer, access: AccessKey): void {
  const match = AUTHORIZATION.exec(request.headers.authorization ?? '')
  if (match === null) throw new Refusal('IncompleteSignatureException', 'no signature')
  const [, keyId, scope, names, signature] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
  ]
  const date = String(request.headers['x-amz-date'])
  const iso = date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z')
  const skew = Math.abs(Date.parse(iso) - systemClock.now())
  if (keyId !== access.accessKeyId || !(skew < SKEW_MS)) {
    throw new Refusal('InvalidSignatureException', 'unknown key, or expired')
  }
  let canonical = `${request.method}\n${request.url}\n\n`
  for (const name of names.split(';')) canonical += `${name}:${request.headers[name]}\n`
  canonical += `\n${names}\n${createHash('sha256').update(body).digest('hex')}`
  const digest = createHash('sha256').update(canonical).digest('hex')
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${digest}`
  const expected = createHmac('sha256', signingKey(scope, access)).update(toSign).digest()
  if (!timingSafeEqual(expected, Buffer.from(signature, 'hex'))) {
    throw new Refusal('InvalidSignatureException', 'the signature does not match')
  }
}

function signingKey(scope: string, { secretAccessKey }: AccessKey): KeyObject {
  let key = signingKeys.get(scope)
  if (key === undefined) {
    let bytes: Buffer = Buffer.from(`AWS4${secretAccessKey}`)
    for (const part of scope.split('/')) bytes = createHmac('sha256', bytes).update(part).digest()
    key = createSecretKey(bytes)
    signingKeys.set(scope, key)
  }
  return key
}
