/**
 * JSON from strangers: parsed once, bounded, and with nothing in it that reads two ways.
 *
 * Refused besides what is not JSON: a byte order mark, bytes that are not UTF-8, deep nesting, a member
 * that is there twice, a number beyond a double, a lone surrogate, more members and items than an input has. JSON.parse does the parsing; a scan
 * before it bounds depth and items, and counts the members of the text, a walk after it counts those of the
 * value: a member that was there twice is missing once. `__proto__` is a member like any other, and the
 * objects here may hold one: read own members only. Source: RFC 8259, RFC 7493 (I-JSON).
 *
 * @module
 */
import { isUtf8 } from 'node:buffer'
import { SealtrailError } from '../../errors.js'

/** Inputs of KMS go four deep. */
const DEPTH_MAX = 16
/** Colons and commas. An encryption context of the most characters may have 8,192 pairs, which is two of them each. */
const MARKS_MAX = 20_000

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c]
const [BRACE, BRACKET, BRACE_END, BRACKET_END] = [0x7b, 0x5b, 0x7d, 0x5d]

/** No bytes at all are an empty object, as AWS's clients may send for an operation without input. */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return {}
  if (!isUtf8(bytes)) throw malformed('the body is not UTF-8')
  const members = countMembers(bytes)
  const value = parse(bytes.toString('utf8'))
  if (countMembersOf(value) !== members) throw malformed('the body has a member twice')
  return value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The engine's message quotes the text.
    throw malformed('the body is not well-formed JSON')
  }
}

/** Colons outside of strings; on text that is not JSON, any number. What nests or holds too much ends it. */
function countMembers(bytes: Buffer): number {
  let members = 0
  let items = 0
  let depth = 0
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case QUOTE:
        i++
        while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1
        break
      case COLON:
        members++
        break
      case COMMA:
        if (++items + members > MARKS_MAX) throw malformed('the body has too many members')
        break
      case BRACE:
      case BRACKET:
        if (++depth > DEPTH_MAX) throw malformed(`the body nests deeper than ${DEPTH_MAX}`)
        break
      case BRACE_END:
      case BRACKET_END:
        depth--
        break
    }
  }
  return members
}

function countMembersOf(value: unknown): number {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw malformed('the body has a lone surrogate')
    return 0
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw malformed('the body has a number out of range')
    return 0
  }
  if (typeof value !== 'object' || value === null) return 0
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value) members += countMembersOf(item)
    return members
  }
  const source = value as Readonly<Record<string, unknown>>
  for (const name of Object.keys(source)) {
    if (!name.isWellFormed()) throw malformed('the body has a lone surrogate')
    members += 1 + countMembersOf(source[name])
  }
  return members
}

function malformed(message: string): SealtrailError {
  return new SealtrailError('SerializationException', message)
}
