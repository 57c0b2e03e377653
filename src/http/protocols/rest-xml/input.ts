/**
 * The input of an operation: its members from path, query, headers and body, each by its type.
 *
 * What is wrong with a header or a parameter is said as S3 says it (wording.ts); what is wrong in a document is
 * `MalformedXML`, whichever way it is wrong. Lengths and what is required are aws/take.ts's. A time of a condition
 * that is none is no condition (RFC 9110 §13.1.3).
 *
 * @module
 */
import { isLatin1, readWords } from '../../../aws/forms/rest-xml/header-words.js'
import { readTime } from '../../../aws/forms/rest-xml/times.js'
import { malformedXml, readElements } from '../../../aws/forms/rest-xml/xml-elements.js'
import { VALUES } from '../../../aws/forms/values.js'
import type { Member, Shape, Structure } from '../../../aws/model.js'
import type { StreamingBody } from '../../../aws/streaming.js'
import { type Form, type Taken, take } from '../../../aws/take.js'
import { isSealtrailError } from '../../../errors.js'
import type { Address } from './address.js'
import type { Parameters } from './parameters.js'
import { notLatin1, wrongValue } from './wording.js'

/** The values are made here, and are of their types. */
const MADE: Form = { ...VALUES, stream: (given) => given as StreamingBody }
const INTEGER = /^-?\d{1,16}$/
const CONDITION = /^if-(un)?modified-since$/

type Values = Record<string, unknown>

/** @throws SealtrailError `InvalidArgument`, `InvalidRequest`, `MalformedXML`, … */
export function readInput(
  structure: Structure | undefined,
  address: Address,
  parameters: Parameters,
  body: StreamingBody | Buffer,
): Taken {
  if (structure === undefined) return take(structure, undefined, MADE)
  const values: Values = Object.create(null)
  const bindings = bindingsOf(structure)
  if (bindings.bucket !== undefined) values[bindings.bucket] = address.bucket
  if (bindings.key !== undefined) values[bindings.key] = address.key
  readQuery(bindings, parameters, values)
  readHeaders(bindings, parameters, values)
  const { payload } = structure
  if (payload === undefined) return take(structure, values, MADE)
  if (payload.shape.type === 'structure') return takeDocument(structure, payload, values, body)
  values[payload.name] = Buffer.isBuffer(body) ? body.toString('utf8') : body
  return take(structure, values, MADE)
}

function takeDocument(
  structure: Structure,
  { name, shape, http }: Member,
  values: Values,
  body: StreamingBody | Buffer,
): Taken {
  if (!Buffer.isBuffer(body) || body.length === 0) return take(structure, values, MADE)
  values[name] = readElements(shape as Structure, http.name ?? name, body)
  try {
    return take(structure, values, MADE)
  } catch (error) {
    const isOfDocument =
      isSealtrailError(error, 'ValidationException') ||
      isSealtrailError(error, 'SerializationException')
    throw isOfDocument ? malformedXml() : error
  }
}

function readQuery({ query }: Bindings, parameters: Parameters, values: Values): void {
  for (const name of parameters.names()) {
    const member = query.get(name)
    if (member === undefined) continue
    const text = parameters.query(name)!
    // Nothing, where a text would have been something, is not there.
    if (text === '' && (member.shape.type !== 'string' || member.shape.enum)) continue
    if (text === '' && name === 'versionId') throw wrongValue(name, text)
    if (name.startsWith('response-') && !isLatin1(text)) throw notLatin1(name)
    values[member.name] = leafOf(member.shape, name, text)
  }
}

function readHeaders({ header, prefix }: Bindings, parameters: Parameters, values: Values): void {
  for (const [name, text] of parameters.headers()) {
    const member = header.get(name)
    if (member !== undefined) values[member.name] = leafOf(member.shape, name, text)
    else if (prefix !== undefined && name.startsWith(prefix.start)) {
      values[prefix.name] ??= Object.create(null)
      const map = values[prefix.name] as Values
      map[name.slice(prefix.start.length)] = readWords(text)
    }
  }
}

function leafOf(shape: Shape, name: string, text: string): unknown {
  switch (shape.type) {
    case 'string':
      if (shape.enum?.includes(text) === false) throw wrongValue(name, text)
      if (shape.whole?.test(text) === false) throw wrongValue(name, text)
      return text
    case 'integer': {
      const value = INTEGER.test(text) ? Number(text) : Number.NaN
      const max = shape.isLong ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1
      if (!(Math.abs(value) <= max)) throw wrongValue(name, text)
      return value
    }
    case 'boolean': {
      const word = text.toLowerCase()
      if (word !== 'true' && word !== 'false') throw wrongValue(name, text)
      return word === 'true'
    }
    case 'timestamp': {
      const time = readTime(text)
      if (time === undefined && !CONDITION.test(name)) throw wrongValue(name, text)
      return time
    }
    case 'list':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
        .map((item) => leafOf(shape.member, name, item))
    default:
      return text
  }
}

/** The members of an input by where they stand. */
interface Bindings {
  readonly bucket: string | undefined
  readonly key: string | undefined
  readonly query: ReadonlyMap<string, Member>
  /** By names in lower case. */
  readonly header: ReadonlyMap<string, Member>
  readonly prefix: { readonly start: string; readonly name: string } | undefined
}

const made = new WeakMap<Structure, Bindings>()

function bindingsOf(structure: Structure): Bindings {
  const known = made.get(structure)
  if (known !== undefined) return known
  const { members } = structure
  const at = (place: Member['http']['at']) => members.filter(({ http }) => http.at === place)
  const uri = (name: string) => at('uri').find((member) => nameOf(member) === name)?.name
  const [prefixed] = at('headers')
  const bindings = {
    bucket: uri('Bucket'),
    key: uri('Key'),
    query: new Map(at('query').map((member) => [nameOf(member), member])),
    header: new Map(at('header').map((member) => [nameOf(member).toLowerCase(), member])),
    prefix: prefixed && { start: nameOf(prefixed).toLowerCase(), name: prefixed.name },
  }
  made.set(structure, bindings)
  return bindings
}

function nameOf({ name, http }: Member): string {
  return http.name ?? name
}
