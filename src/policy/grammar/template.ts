/**
 * Text in a policy that may hold wildcards and variables.
 *
 *     home/${aws:username}/*        a variable, and a wildcard
 *     ${aws:userid, 'anonymous'}    a variable with a default
 *     ${*} ${?} ${$}                these characters themselves
 *
 * Variables are of version 2012-10-17; before that, `${…}` is text like any other. What a variable stands for is
 * taken as it is: an asterisk in it is no wildcard. One that cannot be resolved (a key that the request does not
 * have, or that has several values) fits nothing, and its negation does not hold either.
 * Source: IAM user guide, "IAM policy elements: Variables and tags".
 *
 * @module
 */
import type { Asking } from '../request.js'
import { ANY_MANY, ANY_ONE, type Piece } from '../values/wildcard.js'

interface Variable {
  /** In lower case. */
  readonly key: string
  readonly fallback: string | undefined
}

export type Template = ReadonlyArray<Piece | Variable>

/** True or false; undefined when a variable cannot be resolved. */
export type Test = (value: string, asking: Asking) => boolean | undefined

/** A condition key, and perhaps a default in single quotes. */
const VARIABLE = /\$\{(?:([*?$])|([^{}',$*?]+)(?:,\s*'([^']*)')?)\}/y

/** Undefined for text with `${` that begins no variable. */
export function templateOf(
  text: string,
  {
    hasVariables,
    hasWildcards,
  }: { readonly hasVariables: boolean; readonly hasWildcards: boolean },
): Template | undefined {
  const template: Array<Piece | Variable> = []
  let literal = ''
  const put = (piece: Piece | Variable) => {
    if (literal !== '') template.push(literal)
    literal = ''
    template.push(piece)
  }
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!
    if (hasVariables && text.startsWith('${', i)) {
      VARIABLE.lastIndex = i
      const [whole, special, key, fallback] = VARIABLE.exec(text) ?? []
      if (whole === undefined) return undefined
      if (key === undefined) literal += special
      else put({ key: key.trim().toLowerCase(), fallback })
      i += whole.length - 1
    } else if (hasWildcards && character === '*') put(ANY_MANY)
    else if (hasWildcards && character === '?') put(ANY_ONE)
    else literal += character
  }
  if (literal !== '') template.push(literal)
  return template
}

/** The condition keys of the variables in `text`, as they are written. */
export function variablesIn(text: string): string[] {
  const variables = text.matchAll(new RegExp(VARIABLE, 'g'))
  return [...variables].flatMap(([, , key]) => (key === undefined ? [] : [key.trim()]))
}

/** A test whether a value is what `template` says, by `testOf`, which is asked once when nothing varies. */
export function testOfTemplate(
  template: Template,
  testOf: (pieces: readonly Piece[]) => (value: string) => boolean,
): Test {
  if (isConstant(template)) return testOf(template)
  return (value, asking) => {
    const pieces: Piece[] = []
    for (const piece of template) {
      const known = typeof piece === 'object' ? resolve(piece, asking) : piece
      if (known === undefined) return undefined
      pieces.push(known)
    }
    return testOf(pieces)(value)
  }
}

function isConstant(template: Template): template is readonly Piece[] {
  return template.every((piece) => typeof piece !== 'object')
}

function resolve({ key, fallback }: Variable, asking: Asking): string | undefined {
  const values = asking.fact(key)
  if (values === undefined || values.length === 0) return fallback
  return values.length === 1 ? values[0] : undefined
}
