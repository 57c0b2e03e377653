/**
 * The constraints of a grant: which encryption contexts and sources it lets through.
 *
 * Names of a context are compared without case, values with it. Which operations a constraint applies to is asked in
 * decide.ts. Source: AWS KMS API reference, GrantConstraints; developer guide, "Creating grants".
 *
 * @module
 */
import type { EncryptionContext } from '../../message/encryption-context.js'
import { invalid } from '../refusals.js'
import type { Constraints } from './grant.js'

const PAIRS_MAX = 8
/** Of all names and values of one constraint. */
const CHARACTERS_MAX = 384

/** Pairs of a context, made comparable. */
export interface Pairs {
  /** With those that differ by the case of their names only. */
  readonly count: number
  readonly distinct: ReadonlySet<string>
}

export function pairsOf(context: EncryptionContext): Pairs {
  const distinct = new Set<string>()
  const names = Object.keys(context)
  // With its length before it, a name that is followed by a value cannot be mistaken for a longer one.
  for (const name of names) {
    const lower = name.toLowerCase()
    distinct.add(`${lower.length}:${lower}${context[name]}`)
  }
  return { count: names.length, distinct }
}

/** Every pair of `some` is in `all`. */
export function includes(all: Pairs, some: Pairs): boolean {
  for (const pair of some.distinct) if (!all.distinct.has(pair)) return false
  return true
}

export function areEqual(left: Pairs, right: Pairs): boolean {
  return (
    left.count === right.count &&
    left.distinct.size === right.distinct.size &&
    includes(left, right)
  )
}

/** True when whatever `child` lets through, `parent` lets through as well. */
export function isAsStrict(child: Constraints = {}, parent: Constraints = {}): boolean {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset, SourceArn } = parent
  if (SourceArn !== undefined && child.SourceArn !== SourceArn) return false
  const own = child.EncryptionContextEquals && pairsOf(child.EncryptionContextEquals)
  if (equals !== undefined && (own === undefined || !areEqual(own, pairsOf(equals)))) return false
  if (subset === undefined) return true
  const least = child.EncryptionContextSubset && pairsOf(child.EncryptionContextSubset)
  return [own, least].some((pairs) => pairs !== undefined && includes(pairs, pairsOf(subset)))
}

/** The same for the same constraints, in whatever order they were given. */
export function constraintsText(constraints: Constraints = {}): string {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = constraints
  const sorted = (context: EncryptionContext | undefined) =>
    context === undefined ? null : Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([sorted(equals), sorted(subset), constraints.SourceArn ?? null])
}

/** @throws SealtrailError `ValidationException` for more pairs or characters than AWS takes. */
export function checkConstraints(constraints: Constraints): void {
  checkContext('EncryptionContextSubset', constraints.EncryptionContextSubset)
  checkContext('EncryptionContextEquals', constraints.EncryptionContextEquals)
}

function checkContext(member: string, context: EncryptionContext | undefined): void {
  if (context === undefined) return
  const pairs = Object.entries(context)
  const characters = pairs.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (pairs.length > PAIRS_MAX) {
    throw invalid(`${member} can have at most ${PAIRS_MAX} encryption context pairs.`)
  }
  if (characters > CHARACTERS_MAX) {
    throw invalid(`${member} can have at most ${CHARACTERS_MAX} characters.`)
  }
  if (pairs.some((pair) => !pair.every((text) => text.isWellFormed()))) {
    throw invalid(`${member} must be well-formed Unicode.`)
  }
}
