/**
 * Keys as rows have them: in the order of their UTF-8 bytes, and without a NUL, at which a database would cut them.
 *
 *     U+0000    U+0001 U+FDD0
 *     U+0001    U+0001 U+FDD1
 *
 * The two are no characters, so that no delimiter is found inside of an escape. All else stays as it is. Source:
 * docs/FORMAT.md §6.2.
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

export function keyOfStored(stored: string): string {
  if (!ESCAPED.test(stored)) return stored
  return stored.replace(ESCAPES, (escaped) => (escaped[1] === '\ufdd0' ? '\0' : '\x01'))
}
