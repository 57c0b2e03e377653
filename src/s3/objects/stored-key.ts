/**
 * Keys as rows have them: in the order of their UTF-8 bytes, and without a NUL, at which a database would cut them.
 *
 *     U+0000    U+0001 U+FDD0
 *     U+0001    U+0001 U+FDD1
 *
 * All else stays as it is. The two are no characters, but may be in a key all the same: a text that begins with one of them
 * may be found where there is but an escape. Source: docs/FORMAT.md §6.2.
 *
 * @module
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const ESCAPED = /[\0\x01]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const ALL_ESCAPED = /[\0\x01]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const ESCAPES = /\x01[\ufdd0\ufdd1]/g

/** Of a key, or of what keys are compared with. */
export function storedKey(text: string): string {
  if (!ESCAPED.test(text)) return text
  return text.replace(ALL_ESCAPED, (character) =>
    character === '\0' ? '\x01\ufdd0' : '\x01\ufdd1',
  )
}

/** Whether what is looked for in rows may be found inside of an escape. */
export function beginsInEscape(text: string): boolean {
  return text.startsWith('\ufdd0') || text.startsWith('\ufdd1')
}

export function keyOfStored(stored: string): string {
  if (!ESCAPED.test(stored)) return stored
  return stored.replace(ESCAPES, (escaped) => (escaped[1] === '\ufdd0' ? '\0' : '\x01'))
}
