/**
 * One condition: an operator, a key, and the values that the policy lists.
 *
 *     "ForAnyValue:StringLikeIfExists": { "aws:TagKeys": ["team", "cost-*"] }
 *      quantifier  operator  suffix        key             values
 *
 * Values of a policy are alternatives: one must fit, or none of them where the operator is negated. A missing key
 * does not fit, so that a negated operator holds. Without a quantifier, a key that has several values meets no
 * condition: such keys "require a condition set operator".
 * Sources: IAM user guide, "Conditions with multiple context keys or values", "Single-valued vs. multivalued context
 * keys", "IAM JSON policy elements: Condition operators".
 *
 * @module
 */
import type { ConditionElement } from './grammar/grammar.js'
import type { Test } from './grammar/template.js'
import { OPERATORS } from './operators.js'
import type { Asking } from './request.js'

export type Condition = (asking: Asking) => boolean

const NAME = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/

/** Undefined for an operator that there is not, or a value that it cannot take. */
export function conditionOf(
  { operator: name, key: givenKey, values }: ConditionElement,
  hasVariables: boolean,
): Condition | undefined {
  const key = givenKey.toLowerCase()
  const [, quantifier, base = '', suffix] = NAME.exec(name) ?? []
  if (name === 'Null') return nullCondition(key, values)
  const operator = OPERATORS.get(base)
  if (operator === undefined) return undefined
  const tests = values.map((value) => operator.testOf(value, hasVariables))
  if (!tests.every((test) => test !== undefined)) return undefined
  const fits = operator.isNegated ? fitsNone(tests) : fitsOne(tests)
  const isMetWithout = suffix !== undefined
  if (quantifier === 'ForAllValues') {
    return (asking) => {
      const values = asking.fact(key)
      return !isThere(values) || isEmptySet(values) || values.every((value) => fits(value, asking))
    }
  }
  if (quantifier === 'ForAnyValue') {
    return (asking) => {
      const values = asking.fact(key)
      if (!isThere(values)) return isMetWithout
      return !isEmptySet(values) && values.some((value) => fits(value, asking))
    }
  }
  return (asking) => {
    const values = asking.fact(key)
    if (!isThere(values)) return isMetWithout || operator.isNegated
    return values.length === 1 && fits(values[0]!, asking)
  }
}

type Fits = (value: string, asking: Asking) => boolean

function fitsOne(tests: readonly Test[]): Fits {
  return (value, asking) => {
    for (const test of tests) if (test(value, asking) === true) return true
    return false
  }
}

/** Where a variable cannot be resolved, it is not known that the value does not fit. */
function fitsNone(tests: readonly Test[]): Fits {
  return (value, asking) => {
    for (const test of tests) if (test(value, asking) !== false) return false
    return true
  }
}

function isThere(values: readonly string[] | undefined): values is readonly string[] {
  return values !== undefined && values.length > 0
}

/** "An empty data set (for example, an empty string)", as the quantifiers count it. */
function isEmptySet(values: readonly string[]): boolean {
  return values.every((value) => value === '')
}

/** `true`: the key must not be there. */
function nullCondition(key: string, values: readonly string[]): Condition | undefined {
  if (!values.every((value) => /^(true|false)$/i.test(value))) return undefined
  const wanted = new Set(values.map((value) => value.toLowerCase() === 'true'))
  return (asking) => wanted.has(!isThere(asking.fact(key)))
}
