/**
 * Operation inputs and outputs between JSON and typed values, driven by the API model.
 *
 * What comes out has the members of the model and no others, each of the model's type, on objects without
 * a prototype: `__proto__` is a key like any other. Null is absent. Unknown members are not looked into, so
 * nesting never goes deeper than the model does. Whether a value is allowed is asked in validate.ts; JSON
 * text becomes a value in http/. Source: AWS JSON 1.1 protocol; messages as AWS KMS sends them.
 *
 * @module
 */
import { types } from 'node:util'
import { copyOfGiven } from '../bytes/given-bytes.js'
import { isSealtrailError, SealtrailError } from '../errors.js'
import { isArray, isPlainObject, kindOf } from '../given.js'
import {
  inputShape,
  isOperationName,
  membersOf,
  outputShape,
  type Shape,
  shapeNamed,
} from './model-types.js'

/** How values look before they are typed. */
interface Form {
  isObject(given: unknown): given is Readonly<Record<string, unknown>>
  isList(given: unknown): given is readonly unknown[]
  /** Of a map. */
  keysOf(given: object): readonly string[]
  blob(given: unknown): Uint8Array
  timestamp(given: unknown): Date
}

/** With `length % 4 === 0`: padded base64 and nothing else. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
const INT_MAX = 2 ** 31 - 1

/** As JSON carries them: base64, and seconds since the epoch. */
const JSON_FORM: Form = {
  isObject: (given): given is Readonly<Record<string, unknown>> =>
    typeof given === 'object' && given !== null && !Array.isArray(given),
  isList: (given): given is readonly unknown[] => Array.isArray(given),
  keysOf: Object.keys,
  blob(given) {
    if (typeof given !== 'string') throw unlike('Blob', given)
    if (given.length % 4 !== 0 || !BASE64.test(given))
      throw serialization('a blob must be base64 text')
    return Buffer.from(given, 'base64')
  },
  timestamp(given) {
    if (typeof given !== 'number') throw unlike('Timestamp', given)
    return validDate(new Date(given * 1000))
  },
}

/** As JavaScript callers have them. Of a Map, say, nothing would be read: as a context it would bind nothing. */
const VALUE_FORM: Form = {
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
    if (!types.isDate(given))
      throw serialization(`a timestamp must be a Date, not ${kindOf(given)}`)
    return validDate(new Date(Date.prototype.getTime.call(given)))
  },
}

/**
 * The input of `operation` from parsed JSON. Blobs become Uint8Array, timestamps Date.
 * @throws SealtrailError `SerializationException` for a value of the wrong type, `UnknownOperationException`.
 */
export function readInput(operation: string, json: unknown): object {
  return structureOf(operation, json, JSON_FORM)
}

/**
 * The input of `operation` from values of the types that {@link readInput} gives. Blobs are copied, so that nobody
 * can change them or take them away meanwhile; wiping those copies that are secret is whoever asks' duty.
 * @throws SealtrailError as {@link readInput}
 */
export function takeInput(operation: string, given: unknown): object {
  try {
    return structureOf(operation, given, VALUE_FORM)
  } catch (error) {
    if (isSealtrailError(error)) throw error
    // A getter of the caller's threw.
    throw serialization('the input cannot be read')
  }
}

/** The answer of `operation` as JSON text; empty for operations that answer nothing. */
export function writeOutput(operation: string, output: object | undefined): string {
  const shape = isOperationName(operation) ? outputShape(operation) : undefined
  return shape === undefined || output === undefined ? '' : JSON.stringify(written(shape, output))
}

function structureOf(operation: string, given: unknown, form: Form): object {
  if (!isOperationName(operation)) throw new SealtrailError('UnknownOperationException', '')
  const shape = inputShape(operation)
  return shape === undefined ? Object.create(null) : (read(shape, given, form) as object)
}

function read(shape: Shape, given: unknown, form: Form): unknown {
  switch (shape.type) {
    case 'string':
      if (typeof given === 'string') return given
      throw unlike('String', given)
    case 'integer':
      if (Number.isInteger(given) && Math.abs(given as number) <= INT_MAX) return given
      throw unlike('Integer', given)
    case 'boolean':
      if (typeof given === 'boolean') return given
      throw unlike('Boolean', given)
    case 'blob':
      return form.blob(given)
    case 'timestamp':
      return form.timestamp(given)
    case 'list': {
      if (!form.isList(given)) throw serialization('Expected list or null')
      const member = shapeNamed(shape.member)
      const list: unknown[] = []
      // Not map, which passes over holes.
      for (const item of given) list.push(item === null ? null : read(member, item, form))
      return list
    }
    case 'map': {
      const value = shapeNamed(shape.value)
      const map: Record<string, unknown> = Object.create(null)
      const source = objectOf(given, form)
      for (const name of form.keysOf(source)) {
        const item = source[name]
        map[name] = item === null ? null : read(value, item, form)
      }
      return map
    }
    case 'structure': {
      const source = objectOf(given, form)
      const structure: Record<string, unknown> = Object.create(null)
      for (const { name, shape: member } of membersOf(shape)) {
        const item = Object.hasOwn(source, name) ? source[name] : undefined
        if (item !== undefined && item !== null) structure[name] = read(member, item, form)
      }
      return structure
    }
  }
}

/** The members of `value` that the model knows, in the model's order. */
function written(shape: Shape, value: unknown): unknown {
  switch (shape.type) {
    case 'blob': {
      const { buffer, byteOffset, byteLength } = value as Uint8Array
      return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
    }
    case 'timestamp':
      return (value as Date).getTime() / 1000
    case 'list': {
      const member = shapeNamed(shape.member)
      return (value as readonly unknown[]).map((item) => written(member, item))
    }
    case 'structure': {
      const source = value as Readonly<Record<string, unknown>>
      const structure: Record<string, unknown> = {}
      for (const { name, shape: member } of membersOf(shape)) {
        if (source[name] !== undefined) structure[name] = written(member, source[name])
      }
      return structure
    }
    default:
      return value
  }
}

function objectOf(given: unknown, form: Form): Readonly<Record<string, unknown>> {
  if (form.isObject(given)) return given
  throw serialization('Expected map or null')
}

function validDate(date: Date): Date {
  if (Number.isNaN(date.getTime())) throw serialization('a timestamp is out of range')
  return date
}

function unlike(wanted: string, given: unknown): SealtrailError {
  if (Array.isArray(given)) return serialization('Start of list found where not expected')
  if (typeof given === 'object') {
    return serialization('Start of structure or map found where not expected.')
  }
  const kind = typeof given === 'boolean' ? String(given) : typeof given
  return serialization(`${kind.toUpperCase()}_VALUE cannot be converted to ${wanted}`)
}

function serialization(message: string): SealtrailError {
  return new SealtrailError('SerializationException', message)
}
