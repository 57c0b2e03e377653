/**
 * Times as REST APIs write them: ISO 8601 with milliseconds in XML, as HTTP has it in headers, unless the model says
 * otherwise.
 *
 * Source: AWS restXml protocol (Smithy), "timestampFormat"; RFC 9110 §5.6.7.
 *
 * @module
 */

const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/
const HTTP =
  /^(?:[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4}|[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d) \d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4})$/

/** Undefined for what is no time; one without a zone is UTC. */
export function readTime(text: string): Date | undefined {
  const given = text.trim()
  if (!ISO.test(given) && !HTTP.test(given)) return undefined
  const isZoned = !given.includes('T') || /(Z|[+-]\d\d:\d\d)$/.test(given) || HTTP.test(given)
  const time = new Date(isZoned ? given : `${given}Z`)
  return Number.isNaN(time.getTime()) ? undefined : time
}

export function isoTime(time: Date): string {
  return time.toISOString()
}

/** @param format of the model. */
export function headerTime(time: Date, format: string | undefined): string {
  return format === 'iso8601' ? isoTime(time) : time.toUTCString()
}
