/**
 * Inputs as JavaScript callers have them: bytes are Uint8Array, times are Date.
 *
 * @module
 */
import { type Form, serialization } from '../take.js'

/** Bytes are not copied. */
export const VALUES: Form = {
  blob(given) {
    if (given instanceof Uint8Array) return given
    throw serialization('a blob must be a Uint8Array')
  },
  timestamp(given) {
    if (given instanceof Date) return validDate(given)
    throw serialization('a timestamp must be a Date')
  },
}

/** @throws SealtrailError `SerializationException` for a date that is none. */
export function validDate(date: Date): Date {
  if (Number.isNaN(date.getTime())) throw serialization('a timestamp is out of range')
  return date
}
