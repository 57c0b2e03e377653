/**
 * Query strings and forms: how they are read, and how AWS writes them.
 *
 * There is one reader. What was signed and what is acted on come from the same decoded pairs, so that no
 * two spellings of one signature mean different things: `+` and `%20` are both a space, `%2B` is a plus.
 * The AWS spelling percent-encodes every byte but the unreserved ones. Source: RFC 3986 §2.3; IAM user
 * guide, "Create a signed AWS API request".
 *
 * @module
 */
import { isUtf8 } from 'node:buffer'
import { SealtrailError } from '../errors.js'

export type Pair = readonly [name: string, value: string]

/**
 * The pairs of `text` in their order, decoded; a name without `=` has an empty value.
 * @throws SealtrailError `SerializationException` for an escape that is not one, or not UTF-8.
 */
export function parseQuery(text: string): Pair[] {
  const pairs: Pair[] = []
  if (text === '') return pairs
  for (const piece of asUtf8(text).split('&')) {
    if (piece === '') continue
    const equals = piece.indexOf('=')
    pairs.push(
      equals === -1
        ? [decode(piece), '']
        : [decode(piece.slice(0, equals)), decode(piece.slice(equals + 1))],
    )
  }
  return pairs
}

/** Sorted by name, then value, in the AWS spelling. */
export function canonicalQuery(pairs: readonly Pair[]): string {
  if (pairs.length === 0) return ''
  return pairs
    .map(([name, value]): Pair => [encodeUri(name), encodeUri(value)])
    .sort(byNameThenValue)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** Percent-encodes the UTF-8 of `text`, but for letters, digits and `-._~`. */
export function encodeUri(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, escapeCharacter)
}

/** @throws SealtrailError `SerializationException` for an escape that is not one, or not UTF-8. */
export function decodeUri(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    throw malformed('% escapes')
  }
}

/**
 * node:http gives each byte of a request line as one character; clients mean UTF-8.
 * @throws SealtrailError `SerializationException` when the bytes are not UTF-8.
 */
export function asUtf8(text: string): string {
  if (isAscii(text)) return text
  const bytes = Buffer.from(text, 'latin1')
  if (!isUtf8(bytes)) throw malformed('UTF-8')
  return bytes.toString('utf8')
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

function malformed(what: string): SealtrailError {
  return new SealtrailError('SerializationException', `the request target has malformed ${what}`)
}

function decode(text: string): string {
  return decodeUri(text.replaceAll('+', ' '))
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

function byNameThenValue(left: Pair, right: Pair): number {
  return byText(left[0], right[0]) || byText(left[1], right[1])
}

function byText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
