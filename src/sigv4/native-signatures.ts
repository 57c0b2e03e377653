/**
 * Signatures in the Rust addon, once it has given known answers on this thread.
 *
 * It looks at requests in the common form, under keys that have verified before, and says yes or nothing: a request
 * that it does not show to be signed is looked at by verify-signature.ts, which has the last word and all refusals.
 * Signing keys lie in the addon's locked memory. What the common form is stands in native/src/sigv4.rs.
 *
 * @module
 */
import { type Addon, type KeyNumber, loadAddon } from '../engine/native/addon.js'
import type { Head, SignedRequest } from './canonical-request.js'

export type NativeSignatures = Pick<Addon, 'signingKey' | 'isSigned' | 'releaseKey'>

/** Longer heads, and those that are not ASCII, are none of the common form. */
const HEAD_BYTES_MAX = 4096
const scratch = Buffer.alloc(HEAD_BYTES_MAX)

const CREDENTIAL = 'AKIDEXAMPLE/20150830/us-east-1/service/aws4_request'
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
/** AWS's test suite has this as post-vanilla. */
const SIGNATURE = '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'

let tested: { readonly signatures: NativeSignatures | undefined } | undefined

/** Undefined where JavaScript has to do. */
export function nativeSignatures(): NativeSignatures | undefined {
  tested ??= { signatures: trusted(loadAddon()) }
  return tested.signatures
}

/** `signatures`, if they pass. */
export function trusted(signatures: NativeSignatures | undefined): NativeSignatures | undefined {
  if (signatures === undefined) return undefined
  const key = nativeKey(signatures, SECRET, CREDENTIAL)
  if (key === undefined) return undefined
  const known = [SIGNATURE, `${SIGNATURE.slice(0, -1)}c`, SIGNATURE.toUpperCase()]
  const answers = known.map((signature) => hasSigned(signatures, key, sample(signature)))
  signatures.releaseKey(key)
  return answers.join() === 'true,false,false' ? signatures : undefined
}

/** Undefined when there is no room for it. The caller releases it. */
export function nativeKey(
  signatures: NativeSignatures,
  secretAccessKey: string,
  credential: string,
): KeyNumber | undefined {
  const secret = Buffer.from(secretAccessKey)
  const key = signatures.signingKey(secret, Buffer.from(credential))
  secret.fill(0)
  return key > 0 ? key : undefined
}

/** False when it was not shown, for whatever reason. */
export function hasSigned(
  signatures: NativeSignatures,
  key: KeyNumber,
  request: SignedRequest,
): boolean {
  const { body, query } = request
  const head = query === '' ? (request.head ?? headOf(request)) : undefined
  if (head === undefined || body === undefined) return false
  return signatures.isSigned(key, head.bytes, head.start, head.end, body) === 1
}

function headOf({ method, path, headers }: SignedRequest): Head | undefined {
  let text = `${method}\n${path}\n`
  for (const [name, value] of headers) {
    if (value.includes('\n')) return undefined
    text += `${name}:${value}\n`
  }
  const end = text.length <= HEAD_BYTES_MAX ? scratch.write(text) : 0
  return end === text.length ? { bytes: scratch, start: 0, end } : undefined
}

function sample(signature: string): SignedRequest {
  const authorization = `AWS4-HMAC-SHA256 Credential=${CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature=${signature}`
  const headers = new Map([
    ['host', 'example.amazonaws.com'],
    ['x-amz-date', '20150830T123600Z'],
    ['authorization', authorization],
  ])
  return { method: 'POST', path: '/', query: '', headers, body: new Uint8Array(0) }
}
