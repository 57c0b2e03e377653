/**
 * JSON text, one value at a time, safe to print as one line of a terminal.
 *
 * What JSON.stringify gives, and beyond it an escape for each character that could end a line or move a
 * cursor somewhere downstream: DEL and the C1 controls, U+2028 and U+2029, and the marks that turn the
 * direction of writing. Lone surrogates are escaped too, so that every text has a UTF-8. Source: RFC 8259 §7.
 *
 * @module
 */
import { invariant } from '../invariant.js'
import type { AuditValue } from './event.js'
import { known } from './known-text.js'

/** What JSON.stringify leaves as it is and we do not. */
const UNSAFE = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g
/** Anything that may need an escape, JSON's or ours; most texts have none. */
const NEEDS_CARE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /["\\\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/

/** `text` in quotes. */
export function quote(text: string): string {
  if (!NEEDS_CARE.test(text)) return `"${text}"`
  return JSON.stringify(text).replace(UNSAFE, escaped)
}

/** As {@link quote}, for what comes again and again: names, regions, ARNs, user agents. */
export const quoteKnown = known(quote)

/** Any value; members that are undefined are left out. */
export function json(value: AuditValue): string {
  if (typeof value === 'string') return quote(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (isList(value)) return `[${value.map(json).join(',')}]`
  // Bytes have no place in a record: they may be a key.
  invariant(isPlain(value), 'a record holds JSON values only')
  let members = ''
  for (const name of Object.keys(value)) {
    const member = value[name]
    if (member === undefined) continue
    members += (members === '' ? '{' : ',') + nameText(name) + json(member)
  }
  return members === '' ? '{}' : `${members}}`
}

/** JSON text of somebody else as such a line: the same values, digit by digit. What is unsafe stands in its strings alone. */
export function printableJson(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(UNSAFE, escaped)
}

/** Names come again and again, though those of an encryption context need not. */
const nameText = known((name) => `${quote(name)}:`)

function isList(value: AuditValue): value is readonly AuditValue[] {
  return Array.isArray(value)
}

function isPlain(value: object): boolean {
  if (typeof value !== 'object') return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
