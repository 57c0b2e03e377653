/**
 * The elements of a policy document, each of its type: the formal grammar, and no more.
 *
 *     { Version?, Id?, Statement: [ { Sid?, Effect, Principal?, Action, Resource, Condition? } ] }
 *
 * An unknown element, a wrong type, an element beside its negation: one answer, as in IAM. What IAM asks beyond the
 * grammar is in checks.ts. Source: IAM user guide, "Grammar of the IAM JSON policy language".
 *
 * @module
 */
import { isObject, type Json, type JsonObject } from './document.js'

export type Version = '2008-10-17' | '2012-10-17'

export interface PolicyElements {
  readonly version: Version
  readonly statements: readonly StatementElements[]
}

export interface StatementElements {
  readonly sid: string | undefined
  /** `Allow` or `Deny`, in whatever case. */
  readonly effect: string
  readonly principal: PrincipalElement | undefined
  readonly action: ListElement | undefined
  readonly resource: ListElement | undefined
  readonly conditions: readonly ConditionElement[]
}

/** `Action` or, negated, `NotAction`; and so on. */
export interface ListElement {
  readonly isNegated: boolean
  readonly values: readonly string[]
}

export interface PrincipalElement {
  readonly isNegated: boolean
  readonly names: ReadonlyArray<readonly [type: PrincipalType, name: string]>
}

export type PrincipalType = 'AWS' | 'Service' | 'Federated' | 'CanonicalUser'

export interface ConditionElement {
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
}

const POLICY_NAMES = new Set(['Version', 'Id', 'Statement'])
const STATEMENT_NAMES = new Set(
  'Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition'.split(' '),
)
const PRINCIPAL_TYPES: ReadonlySet<string> = new Set<PrincipalType>([
  ...(['AWS', 'Service', 'Federated', 'CanonicalUser'] as const),
])
/** That of a document that names none. Source: "IAM JSON policy elements: Version". */
const DEFAULT_VERSION: Version = '2008-10-17'

/** Thrown here and caught in policy.ts, which knows how the refusal is worded. */
export class NoPolicy extends Error {}

/** @throws NoPolicy */
export function elementsOf(document: Json): PolicyElements {
  const { Version: version = DEFAULT_VERSION, Id, Statement } = known(document, POLICY_NAMES)
  if (version !== '2008-10-17' && version !== '2012-10-17') throw new NoPolicy()
  optionalText(Id)
  const statements =
    Statement === undefined ? [] : Array.isArray(Statement) ? Statement : [Statement]
  if (statements.length === 0) throw new NoPolicy()
  return { version, statements: statements.map(statementOf) }
}

function statementOf(given: Json): StatementElements {
  const statement = known(given, STATEMENT_NAMES)
  const effect = optionalText(statement.Effect) ?? ''
  if (!/^(allow|deny)$/i.test(effect)) throw new NoPolicy()
  return {
    sid: optionalText(statement.Sid),
    effect,
    principal: either(statement, 'Principal', 'NotPrincipal', principalNames),
    action: either(statement, 'Action', 'NotAction', texts),
    resource: either(statement, 'Resource', 'NotResource', texts),
    conditions: conditionsOf(statement.Condition ?? {}),
  }
}

function either<Value extends object>(
  statement: JsonObject,
  name: string,
  negation: string,
  read: (value: Json) => Value,
): (Value & { readonly isNegated: boolean }) | undefined {
  const [value, negated] = [statement[name], statement[negation]]
  if (value !== undefined && negated !== undefined) throw new NoPolicy()
  if (value !== undefined) return { isNegated: false, ...read(value) }
  return negated === undefined ? undefined : { isNegated: true, ...read(negated) }
}

function texts(value: Json): { readonly values: readonly string[] } {
  return { values: listOf(value).map(text) }
}

function principalNames(value: Json): { readonly names: PrincipalElement['names'] } {
  if (typeof value === 'string') {
    if (value === '*') return { names: [['AWS', '*']] }
    throw new NoPolicy()
  }
  const types = Object.entries(known(value, PRINCIPAL_TYPES)) as Array<[PrincipalType, Json]>
  return {
    names: types.flatMap(([type, names]) =>
      listOf(names).map((name) => [type, text(name)] as const),
    ),
  }
}

function conditionsOf(value: Json): ConditionElement[] {
  return membersOf(value).flatMap(([operator, keys]) =>
    membersOf(keys).map(([key, values]) => ({
      operator,
      key,
      values: listOf(values).map(conditionValue),
    })),
  )
}

/** Source: the grammar, "Quotation marks are optional for numeric and Boolean values". */
function conditionValue(value: Json): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return text(value)
}

function known(value: Json, names: ReadonlySet<string>): JsonObject {
  if (membersOf(value).some(([name]) => !names.has(name))) throw new NoPolicy()
  return value as JsonObject
}

function membersOf(value: Json): Array<[string, Json]> {
  if (!isObject(value)) throw new NoPolicy()
  return Object.entries(value)
}

function listOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [value]
}

function text(value: Json): string {
  if (typeof value !== 'string') throw new NoPolicy()
  return value
}

function optionalText(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : text(value)
}
