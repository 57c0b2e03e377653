/**
 * Ids of audit records that grow with time.
 *
 * A UUID of version 7: 48 bits of milliseconds, 74 random bits. So an id says about where in the journal its record
 * lies. Source: RFC 9562 §5.7.
 *
 * @module
 */
import { randomId } from '../bytes/random.js'

/** Calls come several to a millisecond. */
let lastTime = Number.NaN
let lastStart = ''

/** `eventTime` in milliseconds since the epoch, as in the event. */
export function newEventId(eventTime: number): string {
  if (eventTime !== lastTime) {
    const time = Math.floor(eventTime).toString(16).padStart(12, '0')
    lastStart = `${time.slice(0, 8)}-${time.slice(8)}-7`
    lastTime = eventTime
  }
  // A version 4 UUID brings the random bits and the variant.
  return lastStart + randomId().slice(15)
}
