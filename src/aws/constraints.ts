/**
 * Whether a value is allowed: lengths, ranges, patterns, choices, and AWS's words when it is not.
 *
 * Worded as AWS words it, so that clients and their tests recognise the message. Values are quoted back, cut
 * (excerpt.ts), except for blobs, structures and secrets. Who walks an input is take.ts; rules that join several
 * members stand with their operation.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { excerpt } from '../excerpt.js'
import { type Bounds, type ListShape, lowerCamel, type MapShape, type Shape } from './model.js'

const FAILED = 'failed to satisfy constraint'
const NOTHING: readonly string[] = []

/** All that is wrong with an input, as one error. */
export function violations(complaints: readonly string[]): SealtrailError {
  const count = complaints.length
  const head = `${count} validation error${count === 1 ? '' : 's'} detected`
  return new SealtrailError('ValidationException', `${head}: ${complaints.join('; ')}`)
}

/** The error for a member that is required after all, because of what other members say. */
export function missingMember(member: string): SealtrailError {
  return violations([missing(lowerCamel(member))])
}

/**
 * For bounds that AWS keeps closer than its model says.
 * @throws SealtrailError `ValidationException`
 */
export function checkRange(member: string, value: number, min: number, max: number): void {
  const [constraint] = outside({ min, max }, value, 'value')
  if (constraint !== undefined) {
    throw violations([complaint(` '${value}'`, lowerCamel(member), constraint)])
  }
}

export function missing(at: string): string {
  return `Value null at '${at}' ${FAILED}: Member must not be null`
}

/** What is wrong with `value` itself. */
export function ownComplaints(shape: Shape, value: unknown, at: string): readonly string[] {
  const constraints = broken(shape, value)
  if (constraints.length === 0) return NOTHING
  return constraints.map((constraint) => complaint(shown(shape, value), at, constraint))
}

/** What is wrong with the items of a list or map: one complaint speaks for all. */
export function itemComplaints(
  shape: ListShape | MapShape,
  items: readonly unknown[],
  at: string,
): readonly string[] {
  const isList = shape.type === 'list'
  const constraints = firstBroken(isList ? shape.member : shape.value, items)
  if (constraints === undefined) return NOTHING
  const must = `${isList ? 'Member' : 'Map value'} must satisfy constraint: ${constraints}`
  return [complaint(isList ? shown(shape, items) : '', at, must)]
}

function complaint(value: string, at: string, constraint: string): string {
  return `Value${value} at '${at}' ${FAILED}: ${constraint}`
}

function firstBroken(shape: Shape, items: readonly unknown[]): string | undefined {
  for (const item of items) {
    const constraints = item === null ? ['Member must not be null'] : broken(shape, item)
    if (constraints.length > 0) return `[${constraints.join(', ')}]`
  }
  return undefined
}

/** What `value` itself breaks, in words. */
function broken(shape: Shape, value: unknown): readonly string[] {
  switch (shape.type) {
    case 'integer':
      return outside(shape, value as number, 'value')
    case 'blob':
      return outside(shape, (value as Uint8Array).length, 'length')
    case 'list':
      return outside(shape, (value as readonly unknown[]).length, 'length')
    case 'string': {
      const text = value as string
      const constraints = [...outside(shape, text.length, 'length')]
      // A text of the wrong length is not matched as well: patterns see bounded texts only.
      if (!text.isWellFormed()) constraints.push('Member must be well-formed Unicode')
      if (constraints.length === 0 && shape.whole?.test(text) === false) {
        constraints.push(`Member must satisfy regular expression pattern: ${shape.pattern}`)
      }
      if (shape.enum !== undefined && !shape.enum.includes(text)) {
        constraints.push(`Member must satisfy enum value set: [${shape.enum.join(', ')}]`)
      }
      return constraints
    }
    default:
      return NOTHING
  }
}

function outside({ min, max }: Bounds, size: number, what: 'length' | 'value'): readonly string[] {
  if (min !== undefined && size < min) {
    return [`Member must have ${what} greater than or equal to ${min}`]
  }
  if (max !== undefined && size > max) {
    return [`Member must have ${what} less than or equal to ${max}`]
  }
  return NOTHING
}

function shown(shape: Shape, value: unknown): string {
  if (shape.type === 'list') {
    const isShown = shape.member.type === 'string' && shape.member.sensitive !== true
    return isShown ? ` '[${excerpt((value as readonly unknown[]).join(', '))}]'` : ''
  }
  const isShown = shape.type === 'integer' || (shape.type === 'string' && !shape.sensitive)
  return isShown ? ` '${excerpt(String(value))}'` : ''
}
