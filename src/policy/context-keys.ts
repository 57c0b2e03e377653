/**
 * The condition keys that a policy asks about, as it writes them: in its conditions, and in its variables.
 *
 * @module
 */
import { readDocument } from './document.js'
import { elementsOf } from './grammar.js'
import { variablesIn } from './template.js'

/** `text` is a policy. */
export function contextKeysOf(text: string): string[] {
  const { version, statements } = elementsOf(readDocument(text)!)
  return statements.flatMap(({ resource, conditions }) => {
    const values = [
      ...(resource?.values ?? []),
      ...conditions.flatMap((condition) => condition.values),
    ]
    const keys = conditions.map(({ key }) => key)
    return version === '2012-10-17' ? [...keys, ...values.flatMap(variablesIn)] : keys
  })
}
