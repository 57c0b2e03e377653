/**
 * Where each record of a log file ends, and its text as it stands there: one record at a time is in memory.
 *
 *     {"Records":[ {…} , {…} , … ]}
 *                  ^^^   ^^^ strings and braces are looked at, nothing else
 *
 * White space may stand between the members, and nothing but `Records` may. Whether a record is JSON whoever parses it sees: a
 * text that is, is whole. Source: docs/FORMAT.md §11.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer'

/** Parsed, a text may take twenty times the memory. Those of trails have a megabyte and some. */
export const RECORD_BYTES_MAX = 16 * 1024 * 1024

const [QUOTE, BACKSLASH, COLON, COMMA, SPACE] = [0x22, 0x5c, 0x3a, 0x2c, 0x20]
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d]
const NAME = Buffer.from('"Records"')
const NONE = -1

/**
 * The records of a whole log file, in its order.
 * @returns whether it was one, or ended otherwise than one does.
 */
export function* recordTexts(plain: Uint8Array): Generator<string, boolean> {
  if (!isUtf8(plain)) return false
  const bytes = Buffer.from(plain.buffer, plain.byteOffset, plain.length)
  let at = behindHead(bytes)
  if (at === NONE) return false
  for (let isFirst = true; bytes[at] !== CLOSE_LIST || !isFirst; isFirst = false) {
    const end = recordEnd(bytes, at)
    if (end === NONE) return false
    yield bytes.toString('utf8', at, end)
    at = behindSpace(bytes, end)
    if (bytes[at] === CLOSE_LIST) break
    if (bytes[at] !== COMMA) return false
    at = behindSpace(bytes, at + 1)
  }
  at = behindSpace(bytes, at + 1)
  return bytes[at] === CLOSE && behindSpace(bytes, at + 1) === bytes.length
}

/** Where the first record begins, or the list ends. */
function behindHead(bytes: Buffer): number {
  const open = behindSpace(bytes, 0)
  const name = behindSpace(bytes, open + 1)
  const colon = behindSpace(bytes, name + NAME.length)
  const list = behindSpace(bytes, colon + 1)
  const isHead =
    bytes[open] === OPEN &&
    bytes.subarray(name, name + NAME.length).equals(NAME) &&
    bytes[colon] === COLON &&
    bytes[list] === OPEN_LIST
  return isHead ? behindSpace(bytes, list + 1) : NONE
}

/** Behind the last brace of the record that begins at `from`. */
function recordEnd(bytes: Buffer, from: number): number {
  if (bytes[from] !== OPEN) return NONE
  const limit = Math.min(bytes.length, from + RECORD_BYTES_MAX)
  let depth = 0
  for (let at = from; at < limit; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = stringEnd(bytes, at + 1, limit)
    else if (byte === OPEN || byte === OPEN_LIST) depth++
    else if ((byte === CLOSE || byte === CLOSE_LIST) && --depth === 0) return at + 1
  }
  return NONE
}

/** Where its closing quote is; `limit` when there is none. */
function stringEnd(bytes: Buffer, from: number, limit: number): number {
  for (let at = from; at < limit; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) at++
  }
  return limit
}

function behindSpace(bytes: Buffer, at: number): number {
  while (at < bytes.length && isSpace(bytes[at]!)) at++
  return at
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === 0x09 || byte === 0x0a || byte === 0x0d
}
