/**
 * `2026-01-02T03:04:05Z`, perhaps with a fraction, as a time; read from bytes, for there are many.
 *
 * Of events that come one after the other the minute is mostly the same, so it is read apart from what follows. Source: RFC
 * 3339, in the one form that CloudTrail writes.
 *
 * @module
 */
const ZERO = 0x30
const [DASH, LETTER_T, COLON, DOT, LETTER_Z] = [0x2d, 0x54, 0x3a, 0x2e, 0x5a]
/** `2026-01-02T03:04` */
export const MINUTE_CHARACTERS = 16
const WHOLE_CHARACTERS = 19
const FRACTION_DIGITS_MAX = 9
/** The last slot of a year ends in the next one, and names of files have four digits for it. */
const YEAR_MAX = 9998

/** Milliseconds since the epoch; undefined when it is no time. */
export function timeOfText(bytes: Uint8Array, from: number, to: number): number | undefined {
  const minute = minuteIn(bytes, from, to)
  const rest = withinMinute(bytes, from, to)
  return minute === undefined || rest === undefined ? undefined : minute + rest
}

/** When the minute began; undefined when it is none. */
export function minuteIn(bytes: Uint8Array, from: number, to: number): number | undefined {
  const isForm =
    to - from > MINUTE_CHARACTERS &&
    bytes[from + 4] === DASH &&
    bytes[from + 7] === DASH &&
    bytes[from + 10] === LETTER_T &&
    bytes[from + 13] === COLON
  if (!isForm) return undefined
  const year = digits(bytes, from, 4)
  const [month, day] = [digits(bytes, from + 5, 2), digits(bytes, from + 8, 2)]
  const [hour, minute] = [digits(bytes, from + 11, 2), digits(bytes, from + 14, 2)]
  // What is not a digit has made it NaN, and compares with nothing.
  if (!(year >= 1970 && year <= YEAR_MAX && month >= 1 && day >= 1 && hour < 24 && minute < 60))
    return undefined
  const time = Date.UTC(year, month - 1, day, hour, minute)
  // Of a month that has no such day, the next one's.
  return new Date(time).getUTCMonth() === month - 1 ? time : undefined
}

/** Milliseconds since the minute began; undefined when the text does not end as a time does. */
export function withinMinute(bytes: Uint8Array, from: number, to: number): number | undefined {
  const isForm =
    to - from > WHOLE_CHARACTERS &&
    bytes[from + MINUTE_CHARACTERS] === COLON &&
    bytes[to - 1] === LETTER_Z
  if (!isForm) return undefined
  const second = digits(bytes, from + MINUTE_CHARACTERS + 1, 2)
  const milliseconds = fraction(bytes, from + WHOLE_CHARACTERS, to - 1)
  return second < 60 && milliseconds >= 0 ? second * 1000 + milliseconds : undefined
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
