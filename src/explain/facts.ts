/**
 * Facts of a request that somebody gives: values of condition keys.
 *
 * @module
 */
import { givenMembers, isArray, unlike } from '../given.js'

/** By their keys in lower case. @throws SealtrailError `InputInvalid` */
export function givenFacts(
  given: Readonly<Record<string, string | readonly string[]>> = {},
): ReadonlyMap<string, readonly string[]> {
  const facts = Object.entries(givenMembers(given, 'the facts')).map(([key, value]) => {
    const values: readonly unknown[] = isArray(value) ? [...value] : [value]
    if (values.every((one) => typeof one === 'string')) {
      return [key.toLowerCase(), values as readonly string[]] as const
    }
    throw unlike(`the fact ${key}`, 'a string or a list of strings', value)
  })
  return new Map(facts)
}
