/**
 * Points in time as policies and requests write them: ISO 8601 in W3C's profile, or seconds since 1970.
 *
 *     2026   2026-02   2026-02-28   2026-02-28T12:30Z   2026-02-28T12:30:45.5+01:00   1772280000
 *
 * Four digits are a year. Source: IAM user guide, "IAM JSON policy elements: Condition operators", date and time.
 *
 * @module
 */

const ISO =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/i
const EPOCH = /^\d{1,19}(?:\.\d{1,9})?$/

/** Milliseconds since 1970, UTC unless a zone is said; undefined for what is no time. */
export function timeOf(text: string): number | undefined {
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', part, zone] =
    ISO.exec(text) ?? []
  if (year === undefined) return EPOCH.test(text) ? Number(text) * 1000 : undefined
  const start = Date.UTC(Number(year), Number(month) - 1, Number(day))
  // A day or month that there is not comes back as another one.
  const isDate = new Date(start).toISOString().startsWith(`${year}-${month}-${day}`)
  if (!isDate || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const minutes = Number(hour) * 60 + Number(minute) - zoneMinutes(zone)
  return start + minutes * 60_000 + Number(second) * 1000 + Number(`0.${part ?? 0}`) * 1000
}

function zoneMinutes(zone = 'Z'): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0))
}
