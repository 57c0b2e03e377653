/**
 * The condition keys that a policy asks about, as it writes them: in its conditions, and in its variables.
 *
 * @module
 */
import { readDocument } from './grammar/document.js'
import { elementsOf } from './grammar/grammar.js'
import { variablesIn } from './grammar/template.js'

/** Of each statement; `text` is a policy. */
export function contextKeysOf(text: string): string[][] {
  const { version, statements } = elementsOf(readDocument(text)!)
  return statements.map(({ resource, conditions }) => {
    const values = [
      ...(resource?.values ?? []),
      ...conditions.flatMap((condition) => condition.values),
    ]
    const keys = conditions.map(({ key }) => key)
    return version === '2012-10-17' ? [...keys, ...values.flatMap(variablesIn)] : keys
  })
}

/** Each once, as it was written first, whatever its case. */
export function distinctKeys(keys: readonly string[]): string[] {
  const byKey = new Map<string, string>()
  for (const key of keys) {
    if (!byKey.has(key.toLowerCase())) byKey.set(key.toLowerCase(), key)
  }
  return [...byKey.values()].sort()
}
