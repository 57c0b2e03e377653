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
import { base64Bytes, writeBase64 } from '../bytes/base64.js'
import { secretBytes } from '../bytes/secret.js'
import { SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'
import {
  inputShape,
  isOperationName,
  membersOf,
  outputShape,
  type Shape,
  shapeNamed,
} from './model-types.js'

/** How blobs and timestamps look before they are typed values. */
interface Form {
  blob(given: unknown): Uint8Array
  timestamp(given: unknown): Date
}

/** With `length % 4 === 0`: padded base64 and nothing else. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
const INT_MAX = 2 ** 31 - 1

/** As JSON carries them: base64, and seconds since the epoch. */
const JSON_FORM: Form = {
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

/** As JavaScript callers have them. */
const VALUE_FORM: Form = {
  blob(given) {
    if (given instanceof Uint8Array) return given
    throw serialization('a blob must be a Uint8Array')
  },
  timestamp(given) {
    if (given instanceof Date) return validDate(given)
    throw serialization('a timestamp must be a Date')
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
 * The input of `operation` from values of the types that {@link readInput} gives; blobs are not copied.
 * @throws SealtrailError as {@link readInput}
 */
export function takeInput(operation: string, given: unknown): object {
  return structureOf(operation, given, VALUE_FORM)
}

/**
 * The answer of `operation` as JSON text; empty for operations that answer nothing. A Buffer when plaintext
 * is in it, which is then nowhere else: the caller wipes it.
 */
export function writeOutput(operation: string, output: object | undefined): string | Buffer {
  const shape = isOperationName(operation) ? outputShape(operation) : undefined
  if (shape === undefined || output === undefined) return ''
  const { Plaintext, ...others } = output as { readonly Plaintext?: Uint8Array }
  const text = JSON.stringify(written(shape, others))
  return Plaintext === undefined ? text : withPlaintext(text, Plaintext)
}

/** The object of `text` with one more member, whose base64 never is a string. */
function withPlaintext(text: string, plain: Uint8Array): Buffer {
  const start = `${text.slice(0, -1)}${text === '{}' ? '' : ','}"Plaintext":"`
  const plainAt = Buffer.byteLength(start)
  const end = plainAt + base64Bytes(plain.length)
  const { buffer } = secretBytes(end + 2)
  const body = Buffer.from(buffer)
  body.write(start)
  writeBase64(plain, body.subarray(plainAt, end))
  body.write('"}', end)
  return body
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
      if (!Array.isArray(given)) throw serialization('Expected list or null')
      const member = shapeNamed(shape.member)
      return given.map((item) => (item === null ? null : read(member, item, form)))
    }
    case 'map': {
      const value = shapeNamed(shape.value)
      const map: Record<string, unknown> = Object.create(null)
      for (const [name, item] of Object.entries(objectOf(given))) {
        map[name] = item === null ? null : read(value, item, form)
      }
      return map
    }
    case 'structure': {
      const source = objectOf(given)
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
      invariant(!shape.sensitive, 'a secret never is a string')
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

function objectOf(given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    return given as Readonly<Record<string, unknown>>
  }
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
