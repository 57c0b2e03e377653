/**
 * The time in a signature: ISO 8601 basic form, `YYYYMMDDTHHMMSSZ`, always UTC.
 *
 * @module
 */

const BASIC_FORM = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

/** `ms`: since the epoch; parts of a second are cut off. */
export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '')
}

/** Milliseconds since the epoch, or undefined when `text` is not a moment in the basic form. */
export function parseTimestamp(text: string): number | undefined {
  const parts = BASIC_FORM.exec(text)
  if (parts === null) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number)
  const ms = Date.UTC(year!, month! - 1, day, hour, minute, second)
  // Date.UTC lets the 31st of February run over into March: such a text does not come back.
  return formatTimestamp(ms) === text ? ms : undefined
}

/** The basic form of an HTTP `Date` header, which may already be in it. */
export function timestampOfDateHeader(value: string): string | undefined {
  if (BASIC_FORM.test(value)) return value
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : formatTimestamp(ms)
}
