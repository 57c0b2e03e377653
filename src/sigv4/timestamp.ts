/**
 * The time in a signature: ISO 8601 basic form, `YYYYMMDDTHHMMSSZ`, always UTC.
 *
 * @module
 */

/** `ms`: since the epoch; parts of a second are cut off. */
export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '')
}

/** Calls come many to a second. */
let lastText = ''
let lastTime: number | undefined

/** Milliseconds since the epoch, or undefined when `text` is not a moment in the basic form. */
export function parseTimestamp(text: string): number | undefined {
  if (text !== lastText) {
    lastTime = timeOf(text)
    lastText = text
  }
  return lastTime
}

function timeOf(text: string): number | undefined {
  if (text.length !== 16 || text[8] !== 'T' || text[15] !== 'Z') return undefined
  const year = digits(text, 0, 4)
  const month = digits(text, 4, 6)
  const day = digits(text, 6, 8)
  const hour = digits(text, 9, 11)
  const minute = digits(text, 11, 13)
  const second = digits(text, 13, 15)
  if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) {
    return undefined
  }
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** The basic form of an HTTP `Date` header, which may already be in it. */
export function timestampOfDateHeader(value: string): string | undefined {
  if (parseTimestamp(value) !== undefined) return value
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : formatTimestamp(ms)
}

/** NaN, which is in no range, when a character is no digit. */
function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** `month` from 1. */
function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
