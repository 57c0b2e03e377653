/**
 * `2026-01-02T03:04:05Z`, perhaps with a fraction, as a time; read from bytes, for there are many.
 *
 * Source: RFC 3339, in the one form that CloudTrail writes.
 *
 * @module
 */
const ZERO = 0x30
const [DASH, LETTER_T, COLON, DOT, LETTER_Z] = [0x2d, 0x54, 0x3a, 0x2e, 0x5a]
const WHOLE_CHARACTERS = 19
/** Of the fraction, milliseconds count. */
const FRACTION_DIGITS_MAX = 9

/** Milliseconds since the epoch; undefined when it is no time. `from` may be -1: there is none. */
export function timeOfText(bytes: Uint8Array, from: number, to: number): number | undefined {
  const isForm =
    from >= 0 &&
    to - from > WHOLE_CHARACTERS &&
    bytes[from + 4] === DASH &&
    bytes[from + 7] === DASH &&
    bytes[from + 10] === LETTER_T &&
    bytes[from + 13] === COLON &&
    bytes[from + 16] === COLON &&
    bytes[to - 1] === LETTER_Z
  if (!isForm) return undefined
  const year = digits(bytes, from, 4)
  const [month, day] = [digits(bytes, from + 5, 2), digits(bytes, from + 8, 2)]
  const [hour, minute] = [digits(bytes, from + 11, 2), digits(bytes, from + 14, 2)]
  const second = digits(bytes, from + 17, 2)
  const milliseconds = fraction(bytes, from + WHOLE_CHARACTERS, to - 1)
  const isTime = month >= 1 && day >= 1 && year >= 1970 && hour < 24 && minute < 60 && second < 60
  // What is not a digit has made it NaN, and compares with nothing.
  if (!isTime || !(milliseconds >= 0)) return undefined
  const time = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds)
  // Of a month that has no such day, the next one's.
  return new Date(time).getUTCMonth() === month - 1 ? time : undefined
}

function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let i = 0; i < count; i++) {
    const digit = bytes[at + i]! - ZERO
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN
  }
  return value
}

function fraction(bytes: Uint8Array, from: number, to: number): number {
  if (from === to) return 0
  const count = to - from - 1
  if (bytes[from] !== DOT || count < 1 || count > FRACTION_DIGITS_MAX) return Number.NaN
  return Math.floor((digits(bytes, from + 1, count) * 1000) / 10 ** count)
}
