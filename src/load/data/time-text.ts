/**
 * `2026-01-02T03:04:05`, written into bytes: whole numbers only, no calendar of the machine.
 *
 * The way back is trail/ingest/event-time.ts. Source: RFC 3339; days as in H. Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms".
 *
 * @module
 */

export const TIME_CHARACTERS = 19
const ZERO = 0x30
const DAY_SECONDS = 86400
/** Days from 0000-03-01 to 1970-01-01, and in 400 years. */
const EPOCH_DAYS = 719468
const ERA_DAYS = 146097
const FORM = Buffer.from('0000-00-00T00:00:00')

/** @param seconds since the epoch: a whole number, of the years 1970 to 9999. */
export function writeTime(target: Uint8Array, at: number, seconds: number): void {
  const days = Math.floor(seconds / DAY_SECONDS)
  const rest = seconds - days * DAY_SECONDS
  const { year, month, day } = dateOf(days)
  target.set(FORM, at)
  writePair(target, at, Math.floor(year / 100))
  writePair(target, at + 2, year % 100)
  writePair(target, at + 5, month)
  writePair(target, at + 8, day)
  writePair(target, at + 11, Math.floor(rest / 3600))
  writePair(target, at + 14, Math.floor(rest / 60) % 60)
  writePair(target, at + 17, rest % 60)
}

/** Years begin in March here, so that the odd day is their last one. */
function dateOf(days: number) {
  const shifted = days + EPOCH_DAYS
  const era = Math.floor(shifted / ERA_DAYS)
  const ofEra = shifted - era * ERA_DAYS
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36524) - Math.floor(ofEra / 146096)) /
      365,
  )
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const march = Math.floor((5 * ofYear + 2) / 153)
  const month = march < 10 ? march + 3 : march - 9
  const day = ofYear - Math.floor((153 * march + 2) / 5) + 1
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

function writePair(target: Uint8Array, at: number, value: number): void {
  target[at] = ZERO + Math.floor(value / 10)
  target[at + 1] = ZERO + (value % 10)
}
