/**
 * A value held against a schema: the first thing in it that does not fit, and where that is.
 *
 *     keys[2].aliases[0] must match ^alias/[a-zA-Z0-9/_\-]+$
 *
 * Never what it holds: it may be a secret, in the wrong place too. Knows the words of JSON Schema that the schemas here and
 * in load/ use, and means by them what draft 2020-12 means; of `anyOf`, where each variant has kinds of its own.
 *
 * @module
 */

type Type = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'

/** The words that are known. */
export interface Schema {
  /** These say something to people. */
  readonly $schema?: string
  readonly title?: string
  readonly description?: string
  readonly type?: Type | readonly [Type, 'null']
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | false
  readonly propertyNames?: Schema
  readonly maxProperties?: number
  /** Objects, each with an enum of its `kind`; no kind is in two of them. */
  readonly anyOf?: readonly Schema[]
}

/** One sentence, or undefined when `given` fits. `place` is where it stands, empty for the whole. */
export function complaintOf(schema: Schema, given: unknown, place = ''): string | undefined {
  if (schema.anyOf !== undefined) return variantComplaint(schema.anyOf, given, place)
  const wrong = kindComplaint(schema, given)
  if (wrong !== undefined) return `${place || 'the whole'} ${wrong}`
  if (given === null) return undefined
  if (Array.isArray(given)) return listComplaint(schema, given, place)
  if (typeof given === 'object') return objectComplaint(schema, given as object, place)
  return undefined
}

function variantComplaint(
  variants: readonly Schema[],
  given: unknown,
  place: string,
): string | undefined {
  const wrong = kindComplaint({ type: 'object' }, given)
  if (wrong !== undefined) return `${place || 'the whole'} ${wrong}`
  const { kind } = given as { readonly kind?: unknown }
  const kindsOf = (variant: Schema) => variant.properties?.kind?.enum ?? []
  const meant = variants.find((variant) => kindsOf(variant).includes(kind as string))
  if (meant !== undefined) return complaintOf(meant, given, place)
  return `${memberPlace(place, 'kind')} must be one of ${variants.flatMap(kindsOf).join(', ')}`
}

/** The place of a member: `.name`, or `["any text"]`. */
export function memberPlace(place: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${place}[${JSON.stringify(name)}]`
  return place === '' ? name : `${place}.${name}`
}

function kindComplaint(schema: Schema, given: unknown): string | undefined {
  const { type: types, enum: choices } = schema
  const [type, or] = typeof types === 'object' ? types : [types]
  if (given === null && or === 'null') return undefined
  if (choices !== undefined) {
    return choices.includes(given as string) ? undefined : `must be one of ${choices.join(', ')}`
  }
  switch (type) {
    case 'string':
      if (typeof given === 'number') return 'must be a string: put the number in quotes'
      return typeof given === 'string' ? textComplaint(schema, given) : 'must be a string'
    case 'integer':
      return Number.isInteger(given)
        ? numberComplaint(schema, given as number)
        : 'must be a whole number'
    case 'number':
      return typeof given === 'number' && Number.isFinite(given)
        ? numberComplaint(schema, given)
        : 'must be a number'
    case 'boolean':
      return typeof given === 'boolean' ? undefined : 'must be true or false'
    case 'array':
      return Array.isArray(given) ? undefined : 'must be a list'
    default:
      if (typeof given === 'object' && given !== null && !Array.isArray(given)) return undefined
      return 'must be an object'
  }
}

function textComplaint(schema: Schema, text: string): string | undefined {
  const { pattern, minLength = 0, maxLength = Number.POSITIVE_INFINITY } = schema
  // In characters, as JSON Schema counts.
  const length = [...text].length
  if (length < minLength) return `must have at least ${minLength} characters`
  if (length > maxLength) return `must have at most ${maxLength} characters`
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) return `must match ${pattern}`
  return undefined
}

function numberComplaint({ minimum, maximum }: Schema, given: number): string | undefined {
  if (minimum !== undefined && given < minimum) return `must be at least ${minimum}`
  if (maximum !== undefined && given > maximum) return `must be at most ${maximum}`
  return undefined
}

function listComplaint(
  schema: Schema,
  given: readonly unknown[],
  place: string,
): string | undefined {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY, uniqueItems } = schema
  if (given.length < minItems) return `${place} must have at least ${minItems} items`
  if (given.length > maxItems) return `${place} must have at most ${maxItems} items`
  for (const [index, item] of given.entries()) {
    const complaint = items && complaintOf(items, item, `${place}[${index}]`)
    if (complaint !== undefined) return complaint
    if (uniqueItems && given.indexOf(item) < index) return `${place}[${index}] is there twice`
  }
  return undefined
}

function objectComplaint(schema: Schema, given: object, place: string): string | undefined {
  const { properties = {}, required = [], additionalProperties: others } = schema
  const { propertyNames, maxProperties = Number.POSITIVE_INFINITY } = schema
  const lacking = required.find((name) => !Object.hasOwn(given, name))
  if (lacking !== undefined) return `${place || 'the whole'} must have ${lacking}`
  const members = Object.entries(given)
  if (members.length > maxProperties) return `${place} must have at most ${maxProperties} members`
  for (const [name, value] of members) {
    const at = memberPlace(place, name)
    const wrongName = propertyNames && textComplaint(propertyNames, name)
    if (wrongName !== undefined) return `${at}: the name ${wrongName}`
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined
    if (known === undefined && others === false) {
      return `${at} is not known: there can be ${Object.keys(properties).join(', ')}`
    }
    const wanted = known ?? (others || undefined)
    const complaint = wanted && complaintOf(wanted, value, at)
    if (complaint !== undefined) return complaint
  }
  return undefined
}
