/**
 * Whether an input is allowed: required members, lengths, ranges, patterns, choices.
 *
 * Driven by the API model, worded as AWS words it, so that clients and their tests recognise the message.
 * All that is wrong is named at once, up to a bound. Values are quoted back, long ones in part, except for blobs,
 * structures and secrets. Types were checked by wire.ts; rules that join several members stand with their operation.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { excerpt } from '../excerpt.js'
import {
  inputShape,
  isOperationName,
  lowerCamel,
  membersOf,
  type Shape,
  shapeNamed,
} from './model-types.js'

const FAILED = 'failed to satisfy constraint'
/** Enough to see what is wrong; a list of many wrong items would be answered with far more text than it is. */
const COMPLAINTS_MAX = 100
const patterns = new Map<string, RegExp>()

/** @throws SealtrailError `ValidationException` naming every member that breaks a constraint. */
export function validateInput(operation: string, input: object): void {
  const shape = isOperationName(operation) ? inputShape(operation) : undefined
  if (shape === undefined) return
  const complaints: string[] = []
  checkMembers(shape, input, '', complaints)
  if (complaints.length > 0) throw violations(complaints)
}

/** The error for a member that is required after all, because of what other members say. */
export function missingMember(member: string): SealtrailError {
  return violations([`Value null at '${lowerCamel(member)}' ${FAILED}: Member must not be null`])
}

/**
 * For bounds that AWS keeps closer than its model says.
 * @throws SealtrailError `ValidationException`
 */
export function checkRange(member: string, value: number, min: number, max: number): void {
  const [constraint] = outside({ min, max }, value, 'value')
  if (constraint === undefined) return
  throw violations([`Value '${value}' at '${lowerCamel(member)}' ${FAILED}: ${constraint}`])
}

function violations(complaints: readonly string[]): SealtrailError {
  const count = complaints.length
  const head = `${count} validation error${count === 1 ? '' : 's'} detected`
  return new SealtrailError('ValidationException', `${head}: ${complaints.join('; ')}`)
}

function checkMembers(
  shape: Shape & { readonly type: 'structure' },
  structure: object,
  path: string,
  complaints: string[],
): void {
  const source = structure as Readonly<Record<string, unknown>>
  for (const { name, lowerName, shape: member, isRequired } of membersOf(shape)) {
    const value = source[name]
    if (value !== undefined) check(member, value, path + lowerName, complaints)
    else if (isRequired) {
      complaints.push(`Value null at '${path}${lowerName}' ${FAILED}: Member must not be null`)
    }
  }
}

function check(shape: Shape, value: unknown, at: string, complaints: string[]): void {
  if (shape.type === 'structure') {
    checkMembers(shape, value as object, `${at}.`, complaints)
    return
  }
  for (const constraint of broken(shape, value)) {
    complaints.push(`Value${quoted(shape, value)} at '${at}' ${FAILED}: ${constraint}`)
  }
  if (shape.type === 'list') checkList(shape, value as readonly unknown[], at, complaints)
  if (shape.type === 'map')
    checkMap(shape, value as Readonly<Record<string, unknown>>, at, complaints)
}

/** Structures are checked one by one; of other items one complaint speaks for all. */
function checkList(
  shape: Shape & { readonly type: 'list' },
  items: readonly unknown[],
  at: string,
  complaints: string[],
): void {
  const member = shapeNamed(shape.member)
  if (member.type === 'structure' && !items.includes(null)) {
    for (const [index, item] of items.entries()) {
      if (complaints.length >= COMPLAINTS_MAX) return
      check(member, item, `${at}.${index + 1}.member`, complaints)
    }
    return
  }
  const constraints = firstBroken(member, items)
  if (constraints !== undefined) {
    const value = quoted(shape, items)
    complaints.push(
      `Value${value} at '${at}' ${FAILED}: Member must satisfy constraint: ${constraints}`,
    )
  }
}

function checkMap(
  shape: Shape & { readonly type: 'map' },
  map: Readonly<Record<string, unknown>>,
  at: string,
  complaints: string[],
): void {
  const constraints = firstBroken(shapeNamed(shape.value), Object.values(map))
  if (constraints !== undefined) {
    complaints.push(`Value at '${at}' ${FAILED}: Map value must satisfy constraint: ${constraints}`)
  }
}

function firstBroken(shape: Shape, items: readonly unknown[]): string | undefined {
  for (const item of items) {
    const constraints = item === null ? ['Member must not be null'] : broken(shape, item)
    if (constraints.length > 0) return `[${constraints.join(', ')}]`
  }
  return undefined
}

/** What `value` itself breaks, in words. */
function broken(shape: Shape, value: unknown): string[] {
  switch (shape.type) {
    case 'integer':
      return outside(shape, value as number, 'value')
    case 'blob':
      return outside(shape, (value as Uint8Array).length, 'length')
    case 'list':
      return outside(shape, (value as readonly unknown[]).length, 'length')
    case 'string': {
      const text = value as string
      const constraints = outside(shape, text.length, 'length')
      // A text of the wrong length is not matched as well: patterns see bounded texts only.
      const { pattern, enum: choices } = shape
      if (!text.isWellFormed()) constraints.push('Member must be well-formed Unicode')
      if (constraints.length === 0 && pattern !== undefined && !patternOf(pattern).test(text)) {
        constraints.push(`Member must satisfy regular expression pattern: ${pattern}`)
      }
      if (choices !== undefined && !choices.includes(text)) {
        constraints.push(`Member must satisfy enum value set: [${choices.join(', ')}]`)
      }
      return constraints
    }
    default:
      return []
  }
}

function outside(
  { min, max }: { readonly min?: number; readonly max?: number },
  size: number,
  what: 'length' | 'value',
): string[] {
  if (min !== undefined && size < min) {
    return [`Member must have ${what} greater than or equal to ${min}`]
  }
  if (max !== undefined && size > max) {
    return [`Member must have ${what} less than or equal to ${max}`]
  }
  return []
}

/** Patterns of the model are meant for the whole text. */
function patternOf(source: string): RegExp {
  let pattern = patterns.get(source)
  if (pattern === undefined) {
    pattern = new RegExp(`^(?:${source})$`)
    patterns.set(source, pattern)
  }
  return pattern
}

function quoted(shape: Shape, value: unknown): string {
  if (shape.type === 'list') {
    const isShown = shapeNamed(shape.member).type === 'string'
    return isShown ? ` '[${excerpt((value as readonly unknown[]).join(', '))}]'` : ''
  }
  const isShown = shape.type === 'integer' || (shape.type === 'string' && !shape.sensitive)
  return isShown ? ` '${excerpt(String(value))}'` : ''
}
