/**
 * Signed notes: text, and who signed it with Ed25519.
 *
 *     text, ends in a line feed
 *
 *     — <key name> <base64 of key id 4 ‖ signature 64>
 *
 * Signatures of keys that nobody asked about are passed over: witnesses add theirs. Source: c2sp.org/signed-note.
 *
 * @module
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { SealtrailError } from '../errors.js'
import { exactBase64, proofInvalid } from './texts.js'

const ED25519 = 1
const KEY_BYTES = 32
const KEY_ID_BYTES = 4
const SIGNATURES_MAX = 100
const SIGNATURE = /^— ([^\s+]+) (\S+)$/u
/** Of ASCII, but the line feed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const CONTROL = /[\0-\x09\x0b-\x1f]/
const VERIFIER_KEY = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u

/** A public key, and the name under which it signs. */
export interface Verifier {
  readonly name: string
  /** 32 bytes. */
  readonly publicKey: Uint8Array
}

export function verifierText({ name, publicKey }: Verifier): string {
  const typed = Buffer.concat([Buffer.of(ED25519), publicKey])
  return `${name}+${keyId(name, publicKey).toString('hex')}+${typed.toString('base64')}`
}

/** @throws SealtrailError `InputInvalid` for a text that is no verifier key */
export function readVerifier(text: string): Verifier {
  const [, name, id, base64] = VERIFIER_KEY.exec(text) ?? []
  const typed = base64 === undefined ? undefined : exactBase64(base64)
  const publicKey = typed?.subarray(1)
  const isOurs = typed?.[0] === ED25519 && publicKey?.length === KEY_BYTES
  if (name === undefined || !isOurs || keyId(name, publicKey!).toString('hex') !== id) {
    const says = 'a verifier key is <name>+<key id>+<base64>, of Ed25519 (c2sp.org/signed-note)'
    throw new SealtrailError('InputInvalid', says)
  }
  return { name, publicKey: publicKey! }
}

/** @param text ends in a line feed. */
export function signedNote(
  text: string,
  { name, publicKey }: Verifier,
  sign: (bytes: Uint8Array) => Uint8Array,
): string {
  const whole = Buffer.concat([keyId(name, publicKey), sign(Buffer.from(text))]).toString('base64')
  return `${text}\n— ${name} ${whole}\n`
}

/** The text of a note that `verifier` signed. @throws SealtrailError `ProofInvalid` */
export function openNote(note: string, verifier: Verifier): string {
  if (!note.isWellFormed() || CONTROL.test(note)) throw proofInvalid('it is no signed note')
  const end = note.lastIndexOf('\n\n')
  const lines = note.slice(end + 2).split('\n')
  if (end === -1 || lines.pop() !== '' || lines.length === 0 || lines.length > SIGNATURES_MAX) {
    throw proofInvalid('it is no signed note')
  }
  const text = note.slice(0, end + 1)
  const signatures = lines.map((line) => {
    const [, name, base64] = SIGNATURE.exec(line) ?? []
    const bytes = base64 === undefined ? undefined : exactBase64(base64)
    if (bytes === undefined || bytes.length <= KEY_ID_BYTES) {
      throw proofInvalid('a line of its signatures is none')
    }
    return { name, id: bytes.subarray(0, KEY_ID_BYTES), signature: bytes.subarray(KEY_ID_BYTES) }
  })
  const id = keyId(verifier.name, verifier.publicKey)
  const own = signatures.filter((one) => one.name === verifier.name && one.id.equals(id))
  if (own.length === 0) throw proofInvalid(`${verifier.name} has not signed it`)
  if (!own.every(({ signature }) => isSigned(text, signature, verifier))) {
    throw proofInvalid(`the signature of ${verifier.name} does not hold`)
  }
  return text
}

function isSigned(text: string, signature: Uint8Array, { publicKey }: Verifier): boolean {
  const { buffer, byteOffset, length } = publicKey
  const x = Buffer.from(buffer, byteOffset, length).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, Buffer.from(text), key, signature)
}

function keyId(name: string, publicKey: Uint8Array): Buffer {
  const hash = createHash('sha256').update(`${name}\n`).update(Buffer.of(ED25519))
  return hash.update(publicKey).digest().subarray(0, KEY_ID_BYTES)
}
