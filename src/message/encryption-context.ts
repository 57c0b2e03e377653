/**
 * An encryption context as bytes, and back.
 *
 *     | u16 pairs | u16 length | key | u16 length | value | …      pairs sorted by their key's UTF-8
 *
 * An empty context is no bytes at all. A context is a map of strings: order does not matter, case does,
 * `__proto__` is just a key. Lone surrogates have no UTF-8 and are refused. Source: docs/FORMAT.md §1
 * (AWS Encryption SDK message format, "Encryption Context").
 *
 * @module
 */
import { Cursor } from '../bytes/cursor.js'
import { SealtrailError } from '../errors.js'

/** Keys and values are any well-formed strings, empty ones too. */
export type EncryptionContext = Readonly<Record<string, string>>

/** AWS KMS's limit, in characters of all keys and values together. */
export const CONTEXT_CHARACTERS_MAX = 8192
const U16_MAX = 0xffff
const NO_BYTES = new Uint8Array(0)
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * @throws SealtrailError `ValidationException` for a value that is not a string, a lone surrogate, or
 * more than 8,192 characters.
 */
export function encodeContext(context: EncryptionContext): Uint8Array {
  const names = Object.keys(context)
  if (names.length === 0) return NO_BYTES
  const pairs: Array<readonly [Buffer, Buffer]> = []
  let characters = 0
  let size = 2
  for (const name of names) {
    const value = context[name]
    if (typeof value !== 'string') throw invalid('an encryption context maps strings to strings')
    characters += name.length + value.length
    if (characters > CONTEXT_CHARACTERS_MAX) {
      throw invalid(`an encryption context has at most ${CONTEXT_CHARACTERS_MAX} characters`)
    }
    if (!name.isWellFormed() || !value.isWellFormed()) {
      throw invalid('an encryption context must be well-formed Unicode')
    }
    const pair = [Buffer.from(name), Buffer.from(value)] as const
    size += 4 + pair[0].length + pair[1].length
    pairs.push(pair)
  }
  if (pairs.length > U16_MAX) throw invalid('an encryption context has at most 65,535 pairs')
  pairs.sort((a, b) => Buffer.compare(a[0], b[0]))

  const bytes = Buffer.allocUnsafe(size)
  let at = bytes.writeUInt16BE(pairs.length, 0)
  for (const pair of pairs) {
    for (const text of pair) {
      at = bytes.writeUInt16BE(text.length, at)
      at += text.copy(bytes, at)
    }
  }
  return bytes
}

/**
 * The context in `bytes`, as an object without a prototype.
 * @throws SealtrailError `ObjectDamaged` for anything that {@link encodeContext} would not write.
 */
export function decodeContext(bytes: Uint8Array): EncryptionContext {
  const context: Record<string, string> = Object.create(null)
  if (bytes.length === 0) return context
  const cursor = new Cursor(bytes, damaged)
  const pairs = cursor.u16()
  if (pairs === 0) throw damaged()
  let previous: Uint8Array | undefined
  for (let i = 0; i < pairs; i++) {
    const name = cursor.bytes(cursor.u16())
    const value = cursor.bytes(cursor.u16())
    if (previous !== undefined && Buffer.compare(previous, name) >= 0) throw damaged()
    previous = name
    context[text(name)] = text(value)
  }
  if (cursor.left !== 0) throw damaged()
  return context
}

function text(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    throw damaged()
  }
}

function invalid(message: string): SealtrailError {
  return new SealtrailError('ValidationException', message)
}

function damaged(): SealtrailError {
  return new SealtrailError('ObjectDamaged', 'the encryption context is not well-formed')
}
