/**
 * How much of a stranger's text stands in an answer: enough to recognise it, never by the megabyte.
 *
 * Every message that repeats what a caller sent passes through here. Text as long as AWS's fields usually are
 * stays as it is, so that messages are AWS's word for word.
 *
 * @module
 */

const CHARACTERS_MAX = 512

/** `text`, or its beginning and `…`; always well-formed, so that no half of a character is left. */
export function excerpt(text: string): string {
  if (text.length <= CHARACTERS_MAX) return text.toWellFormed()
  const isSplit = /[\ud800-\udbff]/.test(text[CHARACTERS_MAX - 1]!)
  return `${text.slice(0, isSplit ? CHARACTERS_MAX - 1 : CHARACTERS_MAX).toWellFormed()}…`
}
