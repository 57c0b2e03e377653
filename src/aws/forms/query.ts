/**
 * Inputs as AWS's query protocol carries them: flat names with dots and numbers, every value a text.
 *
 *     Name=a & Tags.member.1.Key=k & Map.entry.1.key=a & Map.entry.1.value=b
 *
 * Source: AWS query protocol (Smithy), "Query string encoding".
 *
 * @module
 */
import type { Shape, Structure } from '../model.js'
import { type Form, serialization } from '../take.js'
import { JSON_VALUES } from './json.js'
import { validDate } from './values.js'

/** Bounds what a few bytes of names can make. */
const ITEMS_MAX = 1000

export const QUERY_VALUES: Form = {
  ...JSON_VALUES,
  timestamp: (given) => validDate(new Date(String(given))),
}

/** The members of `structure` among `parameters`, nested as the model has them. */
export function readQuery(structure: Structure, parameters: ReadonlyMap<string, string>): object {
  return membersIn(structure, parameters, '')
}

function membersIn(
  { members }: Structure,
  parameters: ReadonlyMap<string, string>,
  path: string,
): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null)
  for (const { name, shape } of members) values[name] = valueAt(shape, parameters, path + name)
  return values
}

function valueAt(shape: Shape, parameters: ReadonlyMap<string, string>, at: string): unknown {
  switch (shape.type) {
    case 'structure':
      return hasBelow(parameters, at) ? membersIn(shape, parameters, `${at}.`) : undefined
    case 'list': {
      const items = numbered(`${at}.member.`, (item) => valueAt(shape.member, parameters, item))
      // An empty list is written as its name alone.
      return items.length > 0 || parameters.get(at) === '' ? items : undefined
    }
    case 'map': {
      const entries = numbered(`${at}.entry.`, (entry) => {
        const key = parameters.get(`${entry}.key`)
        return key === undefined
          ? undefined
          : [key, valueAt(shape.value, parameters, `${entry}.value`)]
      })
      if (entries.length === 0) return undefined
      return Object.assign(Object.create(null), Object.fromEntries(entries as [string, unknown][]))
    }
    default:
      return leaf(shape, parameters.get(at))
  }
}

function leaf(shape: Shape, text: string | undefined): unknown {
  if (text === undefined) return undefined
  if (shape.type === 'integer' && /^-?\d{1,10}$/.test(text)) return Number(text)
  if (shape.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

/** What `read` finds at 1, 2, 3 …, up to the first where nothing is. */
function numbered(prefix: string, read: (at: string) => unknown): unknown[] {
  const items: unknown[] = []
  for (;;) {
    const item = read(`${prefix}${items.length + 1}`)
    if (item === undefined) return items
    if (items.length === ITEMS_MAX) throw serialization(`a list has at most ${ITEMS_MAX} items`)
    items.push(item)
  }
}

function hasBelow(parameters: ReadonlyMap<string, string>, at: string): boolean {
  const prefix = `${at}.`
  for (const name of parameters.keys()) if (name.startsWith(prefix)) return true
  return false
}
