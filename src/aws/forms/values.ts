/**
 * Inputs as JavaScript callers have them: bytes are Uint8Array, times are Date, objects are plain.
 *
 * Of a Map, say, nothing would be read: as an encryption context it would bind nothing. Blobs are copied, so that
 * nobody can change them or take them away meanwhile. How streams may be given is in streams.ts.
 *
 * @module
 */
import { types } from 'node:util'
import { copyOfGiven } from '../../bytes/given-bytes.js'
import { isArray, isPlainObject, kindOf } from '../../given.js'
import { type Form, serialization } from '../take.js'
import { streamOf } from './streams.js'

export const VALUES: Form = {
  isObject: isPlainObject,
  isList: isArray,
  keysOf(given) {
    if (Object.getOwnPropertySymbols(given).length === 0) return Object.keys(given)
    throw serialization('a key of a map must be a string')
  },
  blob(given) {
    try {
      return copyOfGiven(given, 'a blob')
    } catch (error) {
      throw serialization((error as Error).message)
    }
  },
  timestamp(given) {
    if (!types.isDate(given)) {
      throw serialization(`a timestamp must be a Date, not ${kindOf(given)}`)
    }
    return validDate(new Date(Date.prototype.getTime.call(given)))
  },
  stream: streamOf,
}

/** @throws SealtrailError `SerializationException` for a date that is none. */
export function validDate(date: Date): Date {
  if (Number.isNaN(date.getTime())) throw serialization('a timestamp is out of range')
  return date
}
