/**
 * Ranges of keys: where those with a prefix begin and end, in the order of their UTF-8 bytes.
 *
 * @module
 */
import { KEY_BYTES_MAX } from '../objects/key.js'

/** Behind every key: the last character, once more than fits into one. */
const LAST = '\u{10ffff}'.repeat(KEY_BYTES_MAX / 4 + 1)

/** Everything that begins with `prefix` is at or after it, and before this; undefined: there is no end. */
export function endOf(prefix: string): string | undefined {
  for (let text = prefix; text !== ''; ) {
    const last = lastOf(text)
    const head = text.slice(0, text.length - last.length)
    const next = nextCodePoint(last.codePointAt(0)!)
    if (next !== undefined) return head + next
    text = head
  }
  return undefined
}

/** At or after everything that begins with `prefix` ends, and before everything else behind it. */
export function behindAll(prefix: string): string {
  return endOf(prefix) ?? LAST
}

/** Where a page goes on that ended with `marker`, be it a key or a prefix that was rolled up. */
export function behindMarker(
  marker: string,
  prefix: string,
  delimiter: string | undefined,
): string {
  const isRolled =
    delimiter !== undefined &&
    marker.startsWith(prefix) &&
    commonPrefix(marker, prefix, delimiter) === marker
  return isRolled ? behindAll(marker) : justAfter(marker)
}

/** The smallest key after `text`. Rows write the NUL otherwise (objects/stored-key.ts), in the same place. */
export function justAfter(text: string): string {
  return `${text}\0`
}

/** In the order of UTF-8 bytes, which is not that of JavaScript's strings. */
export function isBefore(left: string, right: string): boolean {
  return Buffer.compare(Buffer.from(left), Buffer.from(right)) < 0
}

/** The common prefix of `key` under `prefix`: up to the first `delimiter` behind it. */
export function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  const at = key.indexOf(delimiter, prefix.length)
  return at === -1 ? undefined : key.slice(0, at + delimiter.length)
}

function lastOf(text: string): string {
  return [...text.slice(-2)].at(-1)!
}

function nextCodePoint(codePoint: number): string | undefined {
  if (codePoint >= 0x10ffff) return undefined
  // Surrogates are no characters.
  return String.fromCodePoint(codePoint === 0xd7ff ? 0xe000 : codePoint + 1)
}
