/**
 * The facts of a simulated request: condition keys with values of a type.
 *
 * Source: IAM API reference, ContextEntry.
 *
 * @module
 */
import { addressOf } from '../../policy/values/addresses.js'
import { timeOf } from '../../policy/values/dates.js'
import { invalidInput } from '../lookup.js'

interface ContextEntry {
  readonly ContextKeyName?: string | undefined
  readonly ContextKeyValues?: readonly string[] | undefined
  readonly ContextKeyType?: string | undefined
}

/** By AWS's names of types; each has a list, too. */
const IS_OF_TYPE: Readonly<Record<string, (value: string) => boolean>> = {
  string: () => true,
  numeric: (value) => value.trim() !== '' && Number.isFinite(Number(value)),
  boolean: (value) => /^(true|false)$/i.test(value),
  ip: (value) => addressOf(value) !== undefined,
  binary: (value) => Buffer.from(value, 'base64').toString('base64') === value,
  date: (value) => timeOf(value) !== undefined,
}

/** By their keys in lower case. @throws SealtrailError `InvalidInputException` */
export function factsOf(
  entries: readonly ContextEntry[] = [],
): ReadonlyMap<string, readonly string[]> {
  const facts = new Map<string, readonly string[]>()
  for (const { ContextKeyName: name, ContextKeyValues: values = [], ContextKeyType } of entries) {
    if (name === undefined || ContextKeyType === undefined) {
      throw invalidInput('A context entry must have ContextKeyName and ContextKeyType.')
    }
    const key = name.toLowerCase()
    if (facts.has(key)) throw invalidInput(`The context key ${name} is given more than once.`)
    const type = ContextKeyType.replace(/List$/, '')
    if (type === ContextKeyType && values.length > 1) {
      throw invalidInput(`The context key ${name} of type ${type} can have one value only.`)
    }
    if (!values.every(IS_OF_TYPE[type]!)) {
      throw invalidInput(`A value of the context key ${name} is not of type ${type}.`)
    }
    facts.set(key, values)
  }
  return facts
}
