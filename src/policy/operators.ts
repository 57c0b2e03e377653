/**
 * The condition operators: how a value of a request is held against a value of a policy.
 *
 * How several values count, and what a missing key means, is in condition.ts. Where a value of the request is not of
 * the operator's type (no number, no date, no ARN), it does not fit, so that its negation holds.
 * Source: IAM user guide, "IAM JSON policy elements: Condition operators".
 *
 * @module
 */

import { type Test, templateOf, testOfTemplate } from './grammar/template.js'
import { addressOf, isInRange, rangeOf } from './values/addresses.js'
import { timeOf } from './values/dates.js'
import { ANY_MANY, ANY_ONE, matcherOf, type Piece } from './values/wildcard.js'

export interface Operator {
  /** Such as `StringNotEquals`. */
  readonly isNegated: boolean
  /** Undefined for a value of a policy that the operator cannot take. */
  testOf(value: string, hasVariables: boolean): Test | undefined
}

type TestOf = Operator['testOf']

const string = (normal: (text: string) => string): TestOf =>
  templated(false, (pieces) => {
    const wanted = normal(pieces.join(''))
    return (value) => normal(value) === wanted
  })
const asIs = string((text) => text)
const ignoringCase = string((text) => text.toLowerCase())
const like = templated(true, matcherOf)
const arn = templated(true, arnMatcherOf)

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i
const numberOf = (text: string) => (NUMBER.test(text) ? Number(text) : undefined)
const number = (fits: Comparison) => compared(numberOf, fits)
const date = (fits: Comparison) => compared(timeOf, fits)

const equals: Comparison = (value, wanted) => value === wanted
const less: Comparison = (value, wanted) => value < wanted
const lessOrEquals: Comparison = (value, wanted) => value <= wanted
const greater: Comparison = (value, wanted) => value > wanted
const greaterOrEquals: Comparison = (value, wanted) => value >= wanted

export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', is(asIs)],
  ['StringNotEquals', isNot(asIs)],
  ['StringEqualsIgnoreCase', is(ignoringCase)],
  ['StringNotEqualsIgnoreCase', isNot(ignoringCase)],
  ['StringLike', is(like)],
  ['StringNotLike', isNot(like)],
  ['NumericEquals', is(number(equals))],
  ['NumericNotEquals', isNot(number(equals))],
  ['NumericLessThan', is(number(less))],
  ['NumericLessThanEquals', is(number(lessOrEquals))],
  ['NumericGreaterThan', is(number(greater))],
  ['NumericGreaterThanEquals', is(number(greaterOrEquals))],
  ['DateEquals', is(date(equals))],
  ['DateNotEquals', isNot(date(equals))],
  ['DateLessThan', is(date(less))],
  ['DateLessThanEquals', is(date(lessOrEquals))],
  ['DateGreaterThan', is(date(greater))],
  ['DateGreaterThanEquals', is(date(greaterOrEquals))],
  ['Bool', is(bool)],
  ['BinaryEquals', is(binary)],
  ['IpAddress', is(address)],
  ['NotIpAddress', isNot(address)],
  ['ArnEquals', is(arn)],
  ['ArnLike', is(arn)],
  ['ArnNotEquals', isNot(arn)],
  ['ArnNotLike', isNot(arn)],
])

function is(testOf: TestOf): Operator {
  return { isNegated: false, testOf }
}

function isNot(testOf: TestOf): Operator {
  return { isNegated: true, testOf }
}

/** Operators that take variables. */
function templated(
  hasWildcards: boolean,
  testOf: (pieces: readonly Piece[]) => (value: string) => boolean,
): TestOf {
  return (value, hasVariables) => {
    const template = templateOf(value, { hasVariables, hasWildcards })
    return template && testOfTemplate(template, testOf)
  }
}

type Comparison = (value: number, wanted: number) => boolean

function compared(read: (text: string) => number | undefined, fits: Comparison): TestOf {
  return (text) => {
    const wanted = read(text)
    if (wanted === undefined) return undefined
    return (value) => {
      const own = read(value)
      return own !== undefined && fits(own, wanted)
    }
  }
}

/** The page of operators lets variables stand here, the page of variables does not; letting them harms nobody. */
function bool(text: string, hasVariables: boolean): Test | undefined {
  const isVaried = hasVariables && text.includes('${')
  return isVaried || /^(true|false)$/i.test(text) ? ignoringCase(text, hasVariables) : undefined
}

/** A request's value is base64, too. */
function binary(text: string): Test | undefined {
  const wanted = Buffer.from(text, 'base64')
  if (wanted.toString('base64') !== text) return undefined
  return (value) => wanted.equals(Buffer.from(value, 'base64'))
}

function address(text: string): Test | undefined {
  const range = rangeOf(text)
  if (range === undefined) return undefined
  return (value) => {
    const own = addressOf(value)
    return own !== undefined && isInRange(own, range)
  }
}

/** "Each of the six colon-delimited components of the ARN is checked separately." */
function arnMatcherOf(pieces: readonly Piece[]): (value: string) => boolean {
  const components = componentsOf(pieces)
  if (components.length < 6) return () => false
  const isPattern = pieces.includes(ANY_ONE) || pieces.includes(ANY_MANY)
  const whole = pieces.join('')
  if (!isPattern) return (value) => value === whole
  const matchers = components.map(matcherOf)
  return (value) => {
    let at = 0
    for (let i = 0; i < 5; i++) {
      const end = value.indexOf(':', at)
      if (end < 0 || !matchers[i]!(value.slice(at, end))) return false
      at = end + 1
    }
    return matchers[5]!(value.slice(at))
  }
}

/** The pieces between the first five colons, and behind them. */
function componentsOf(pieces: readonly Piece[]): Piece[][] {
  const components: Piece[][] = [[]]
  for (const piece of pieces) {
    if (typeof piece !== 'string') {
      components.at(-1)!.push(piece)
      continue
    }
    const [head, ...tail] = piece.split(':')
    components.at(-1)!.push(head!)
    for (const part of tail) {
      if (components.length < 6) components.push([part])
      else components.at(-1)!.push(`:${part}`)
    }
  }
  return components
}
