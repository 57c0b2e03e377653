/**
 * One statement, compiled: whether it applies to a request.
 *
 *     action? │ whom → resource? → conditions
 *
 * Which actions it is about is asked once for each (policy.ts); what is cheap comes first, facts come last. Source: IAM user guide, "IAM JSON policy element
 * reference".
 *
 * @module
 */
import { type Condition, conditionOf } from './condition.js'
import type { PolicyKind } from './grammar/document.js'
import type { ListElement, StatementElements } from './grammar/grammar.js'
import { legacyParsing, syntaxErrors } from './grammar/malformed.js'
import { templateOf } from './grammar/template.js'
import { DIRECT, type Grade, type GradeOf, gradeOf, NOBODY } from './principals.js'
import type { Asking } from './request.js'
import { type IsMeant, resourcesOf } from './resources.js'
import { type Matcher, matcherOf, type Piece } from './values/wildcard.js'

export interface Statement {
  readonly isAllow: boolean
  readonly ref: StatementRef
  /** `action` in lower case. */
  isOfAction(action: string): boolean
  /** To a request for one of its actions: how directly it is about the caller; 0 when it does not apply. */
  applies(asking: Asking): Grade
}

/** Where a statement stands, for whoever explains a decision. */
export interface StatementRef {
  /** Name or ARN of its policy. */
  readonly policy: string
  readonly kind: PolicyKind
  readonly sid: string | undefined
  /** From 0. */
  readonly index: number
}

/** Where conditions hold values that are none. @throws SealtrailError `MalformedPolicyDocumentException` */
export function conditionsOf(
  { conditions }: StatementElements,
  kind: PolicyKind,
  hasVariables: boolean,
): Condition[] {
  return conditions.map((element) => {
    const condition = conditionOf(element, hasVariables)
    if (condition !== undefined) return condition
    throw /\bDate\w+$/.test(element.operator) ? legacyParsing(kind) : syntaxErrors(kind)
  })
}

/** @throws SealtrailError `MalformedPolicyDocumentException` */
export function statementOf(
  { effect, principal, action, resource }: StatementElements,
  conditions: readonly Condition[],
  ref: StatementRef,
  hasVariables: boolean,
  ids: ReadonlyMap<string, string>,
): Statement {
  const isAllow = effect === 'Allow'
  const isOfAction = actionsOf(action!)
  const grade = principal === undefined ? direct : gradeOf(principal, isAllow, ref.kind, ids)
  // A trust policy has no resource: it is the role.
  const isMeant = resource === undefined ? always : resourcesOf(resource, hasVariables)
  if (isMeant === undefined) throw syntaxErrors(ref.kind)
  return new CompiledStatement(isAllow, ref, isOfAction, grade, isMeant, conditions)
}

const always: IsMeant = () => true
/** A policy of an identity is about whom it is attached to. */
const direct: GradeOf = () => DIRECT

class CompiledStatement implements Statement {
  readonly isAllow: boolean
  readonly ref: StatementRef
  readonly isOfAction: Matcher
  readonly #grade: GradeOf
  readonly #isMeant: IsMeant
  readonly #conditions: readonly Condition[]

  constructor(
    isAllow: boolean,
    ref: StatementRef,
    isOfAction: Matcher,
    grade: GradeOf,
    isMeant: IsMeant,
    conditions: readonly Condition[],
  ) {
    this.isAllow = isAllow
    this.ref = ref
    this.isOfAction = isOfAction
    this.#grade = grade
    this.#isMeant = isMeant
    this.#conditions = conditions
  }

  applies(asking: Asking): Grade {
    const grade = this.#grade(asking.principal)
    if (grade === NOBODY || !this.#isMeant(asking)) return NOBODY
    for (const condition of this.#conditions) if (!condition(asking)) return NOBODY
    return grade
  }
}

function actionsOf({ isNegated, values }: ListElement): Matcher {
  const names = new Set<string>()
  const patterns: Matcher[] = []
  for (const value of values) {
    const lower = value.toLowerCase()
    if (!/[*?]/.test(lower)) names.add(lower)
    else {
      const template = templateOf(lower, { hasVariables: false, hasWildcards: true })
      patterns.push(matcherOf(template as readonly Piece[]))
    }
  }
  const isOne: Matcher = (action) => {
    if (names.has(action)) return true
    for (const pattern of patterns) if (pattern(action)) return true
    return false
  }
  return isNegated ? (action) => !isOne(action) : isOne
}
