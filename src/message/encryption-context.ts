/**
 * An encryption context as bytes, and back.
 *
 *     | u16 pairs | u16 length | key | u16 length | value | …      pairs sorted by their key's UTF-8
 *
 * An empty context is no bytes at all. A context is a map of strings: order does not matter, case does,
 * `__proto__` is just a key. Lone surrogates have no UTF-8 and are refused. A caller's context comes in through
 * {@link givenContext}. What a context may hold beyond that is asked where it is used. Source: docs/FORMAT.md §1 (AWS Encryption SDK message format,
 * "Encryption Context").
 *
 * @module
 */
import { Cursor } from '../bytes/cursor.js'
import { SealtrailError } from '../errors.js'
import { pickFrom, unlike } from '../given.js'

/** Keys and values are any well-formed strings, empty ones too. */
export type EncryptionContext = Readonly<Record<string, string>>

/** AWS KMS's limit, in characters of all keys and values together. */
export const CONTEXT_CHARACTERS_MAX = 8192
/** Up to here, a call into Node costs more than to go through the text. */
const SHORT_CHARACTERS = 32
const NO_BYTES = new Uint8Array(0)
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Negative when `left` comes first. */
type Order = (left: string, right: string) => number

/**
 * A caller's context as an object of our own. What is no plain object of strings would bind other pairs than its
 * maker believes: a Map none at all.
 * @throws SealtrailError `InputInvalid`
 */
export function givenContext(given: EncryptionContext): EncryptionContext {
  const context = pickFrom(given, 'an encryption context', copyOfPairs)
  for (const name of Object.keys(context)) {
    const value: unknown = context[name]
    if (typeof value === 'string') continue
    throw unlike('a value of an encryption context', 'a string', value)
  }
  if (Object.getOwnPropertySymbols(given).length === 0) return context
  throw new SealtrailError('InputInvalid', 'a key of an encryption context must be a string')
}

function copyOfPairs(given: EncryptionContext): Record<string, string> {
  const pairs: Record<string, string> = {}
  for (const name of Object.keys(given)) {
    // Assigned, it would be no pair but the object's prototype.
    if (name === '__proto__') return { ...given }
    pairs[name] = given[name]!
  }
  return pairs
}

/**
 * `order` is there for one reader of one writer (raw-aes-keyring.ts); everyone else sorts by UTF-8.
 * @throws SealtrailError `ValidationException` for a value that is not a string, a lone surrogate, or
 * more than 8,192 characters.
 */
export function encodeContext(context: EncryptionContext, order: Order = byUtf8): Uint8Array {
  const names = Object.keys(context)
  if (names.length === 0) return NO_BYTES
  const bytes = Buffer.allocUnsafe(encodedBytes(context, names))
  if (!isSorted(names, order)) names.sort(order)
  let at = writeU16(bytes, names.length, 0)
  for (const name of names) {
    at = writeText(bytes, name, at)
    at = writeText(bytes, context[name]!, at)
  }
  return bytes
}

/**
 * The context in `bytes`, as an object without a prototype. Pairs may come in any order, no key twice.
 * @throws SealtrailError `ObjectDamaged` for anything else that {@link encodeContext} would not write.
 */
export function decodeContext(bytes: Uint8Array): EncryptionContext {
  const context: Record<string, string> = Object.create(null)
  if (bytes.length === 0) return context
  const cursor = new Cursor(bytes, damaged)
  const pairs = cursor.u16()
  if (pairs === 0) throw damaged()
  for (let i = 0; i < pairs; i++) {
    const name = readText(cursor.bytes(cursor.u16()))
    if (name in context) throw damaged()
    context[name] = readText(cursor.bytes(cursor.u16()))
  }
  if (cursor.left !== 0) throw damaged()
  return context
}

/** Text that must be UTF-8. @throws SealtrailError `ObjectDamaged` */
export function readText(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    throw damaged()
  }
}

function encodedBytes(context: EncryptionContext, names: readonly string[]): number {
  let characters = 0
  let size = 2
  for (const name of names) {
    const value = context[name]
    if (typeof value !== 'string') throw invalid('an encryption context maps strings to strings')
    characters += name.length + value.length
    if (characters > CONTEXT_CHARACTERS_MAX) {
      throw invalid(`an encryption context has at most ${CONTEXT_CHARACTERS_MAX} characters`)
    }
    size += 4 + utf8Bytes(name) + utf8Bytes(value)
  }
  return size
}

function utf8Bytes(text: string): number {
  if (text.length <= SHORT_CHARACTERS && isAscii(text)) return text.length
  if (!text.isWellFormed()) throw invalid('an encryption context must be well-formed Unicode')
  return Buffer.byteLength(text)
}

/** Most are: what we read was written in order, and a pair or two often stand so. */
function isSorted(names: readonly string[], order: Order): boolean {
  for (let i = 1; i < names.length; i++) if (order(names[i - 1]!, names[i]!) > 0) return false
  return true
}

/**
 * u16 length and UTF-8 of `text`, at `at`; returns where they end.
 */
export function writeText(bytes: Uint8Array, text: string, at: number): number {
  const start = at + 2
  let end = start
  if (text.length <= SHORT_CHARACTERS && isAscii(text))
    for (let i = 0; i < text.length; i++) bytes[end++] = text.charCodeAt(i)
  else end += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).write(text, start)
  writeU16(bytes, end - start, at)
  return end
}

/** Returns where the two bytes end. */
export function writeU16(bytes: Uint8Array, value: number, at: number): number {
  bytes[at] = value >> 8
  bytes[at + 1] = value
  return at + 2
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

/**
 * The order of UTF-8 bytes, which is that of code points. UTF-16 differs from it in one thing: surrogates
 * (D800–DFFF) stand for code points above E000–FFFF, so those two blocks change places here.
 */
function byUtf8(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length)
  for (let i = 0; i < shorter; i++) {
    const difference = rank(left.charCodeAt(i)) - rank(right.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x0800
}

function invalid(message: string): SealtrailError {
  return new SealtrailError('ValidationException', message)
}

function damaged(): SealtrailError {
  return new SealtrailError('ObjectDamaged', 'the encryption context is not well-formed')
}
