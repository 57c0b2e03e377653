/**
 * Texts in headers, whose characters are bytes: what is not Latin-1 travels as an encoded word.
 *
 *     =?UTF-8?B?w4TDlsOc?=
 *
 * S3 reads a value's bytes as Latin-1, understands encoded words, and answers metadata that is not ASCII as one.
 * Source: RFC 2047 §2; Amazon S3 user guide, "User-defined object metadata".
 *
 * @module
 */

const WORD = /^=\?utf-8\?([bq])\?([!->@-~]*)\?=$/i
const ASCII = /^[\t\x20-\x7e]*$/
const LATIN1 = /^[\t\x20-\x7e\xa0-\xff]*$/

/** A value of metadata as it was meant. */
export function readWords(value: string): string {
  if (!value.startsWith('=?')) return value
  let text = ''
  for (const piece of value.split(/[ \t]+/)) {
    const [, encoding, coded] = WORD.exec(piece) ?? []
    if (encoding === undefined || coded === undefined) return value
    text += /b/i.test(encoding) ? Buffer.from(coded, 'base64').toString('utf8') : quoted(coded)
  }
  return text
}

/** A value of metadata: ASCII, or an encoded word. */
export function writeWords(value: string): string {
  return ASCII.test(value) ? value : encodedWord(value)
}

/** Any other text of a header. No line feed gets through. */
export function writeLatin1(value: string): string {
  return LATIN1.test(value) ? value : encodedWord(value)
}

export function isLatin1(value: string): boolean {
  return LATIN1.test(value)
}

function encodedWord(value: string): string {
  return `=?UTF-8?B?${Buffer.from(value).toString('base64')}?=`
}

function quoted(coded: string): string {
  const bytes = coded
    .replaceAll('_', ' ')
    .replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
