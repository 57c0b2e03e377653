/**
 * Inputs and outputs as AWS's JSON protocols carry them: bytes are base64, times are seconds since the epoch.
 *
 * JSON text becomes a value in http/. Source: AWS JSON 1.1 protocol.
 *
 * @module
 */
import { base64Bytes, writeBase64 } from '../../bytes/base64.js'
import { secretBytes } from '../../bytes/secret.js'
import { isSecret, type Member, type Shape, type Structure } from '../model.js'
import { type Form, serialization, unlike } from '../take.js'
import { validDate } from './values.js'

export const JSON_VALUES: Form = {
  isObject: (given): given is Readonly<Record<string, unknown>> =>
    typeof given === 'object' && given !== null && !Array.isArray(given),
  isList: (given): given is readonly unknown[] => Array.isArray(given),
  keysOf: Object.keys,
  blob(given) {
    if (typeof given !== 'string') throw unlike('Blob', given)
    if (given.length % 4 !== 0) throw noBase64()
    const padding = given.endsWith('==') ? 2 : given.endsWith('=') ? 1 : 0
    const { buffer } = secretBytes((given.length / 4) * 3 - padding)
    const bytes = Buffer.from(buffer)
    // The decoder passes over what is no base64, and takes the two letters of URLs too.
    const isWhole = bytes.write(given, 'base64') === bytes.length
    if (isWhole && !given.includes('-') && !given.includes('_')) return bytes
    bytes.fill(0)
    throw noBase64()
  },
  timestamp(given) {
    if (typeof given !== 'number') throw unlike('Timestamp', given)
    return validDate(new Date(given * 1000))
  },
  stream() {
    throw serialization('a stream cannot stand in JSON')
  },
}

function noBase64(): Error {
  return serialization('a blob must be base64 text')
}

/**
 * An answer as JSON text: the members that the model knows. A Buffer when a secret is in it, which is then nowhere
 * else: the caller wipes it.
 */
export function writeJson(structure: Structure, output: object): string | Buffer {
  const source = output as Readonly<Record<string, unknown>>
  const text = JSON.stringify(written(structure, output))
  let size = 0
  for (const { name } of structure.secrets) {
    const value = source[name] as Uint8Array | undefined
    if (value !== undefined) size += secretStart(name).length + base64Bytes(value.length) + 1
  }
  return size === 0 ? text : withSecrets(text, size, structure.secrets, source)
}

function secretStart(name: string): string {
  return `,"${name}":"`
}

/** The object of `text` with more members, of `secretsSize` bytes, whose base64 never is a string. */
function withSecrets(
  text: string,
  secretsSize: number,
  secrets: readonly Member[],
  source: Readonly<Record<string, unknown>>,
): Buffer {
  let isFirst = text === '{}'
  const { buffer } = secretBytes(Buffer.byteLength(text) + secretsSize - (isFirst ? 1 : 0))
  const body = Buffer.from(buffer)
  // Over its last brace.
  let at = body.write(text) - 1
  for (const { name } of secrets) {
    const value = source[name] as Uint8Array | undefined
    if (value === undefined) continue
    const start = secretStart(name)
    at += body.write(isFirst ? start.substring(1) : start, at)
    isFirst = false
    at = writeBase64(value, body, at)
    at += body.write('"', at)
  }
  body.write('}', at)
  return body
}

/** Members that are secrets are left to {@link withSecrets}. */
function written(shape: Shape, value: unknown): unknown {
  switch (shape.type) {
    case 'blob': {
      const { buffer, byteOffset, byteLength } = value as Uint8Array
      return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
    }
    case 'timestamp':
      return (value as Date).getTime() / 1000
    case 'list':
      return (value as readonly unknown[]).map((item) => written(shape.member, item))
    case 'structure': {
      const source = value as Readonly<Record<string, unknown>>
      const structure: Record<string, unknown> = {}
      for (const { name, shape: member } of shape.members) {
        if (source[name] === undefined || isSecret(member)) continue
        structure[name] = written(member, source[name])
      }
      return structure
    }
    default:
      return value
  }
}
