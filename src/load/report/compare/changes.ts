/**
 * What is otherwise in one value than in another, place by place.
 *
 *     shape.rate: 500 → 800
 *
 * @module
 */
import { isArray, isObject } from '../../../given.js'
import { memberPlace } from '../../../seed/check.js'

export interface Changed {
  readonly place: string
  /** As JSON, cut short; undefined where it is not there. */
  readonly before: string | undefined
  readonly after: string | undefined
}

const TEXT_MAX = 200
const CHANGES_MAX = 1000
/** A scenario is read from a file, and these go deeper than any. */
const DEPTH_MAX = 32

export function changesIn(before: unknown, after: unknown): Changed[] {
  const found: Changed[] = []
  collect(before, after, '', 0, found)
  return found
}

function collect(
  before: unknown,
  after: unknown,
  place: string,
  depth: number,
  found: Changed[],
): void {
  if (found.length >= CHANGES_MAX) return
  const bothHold = isObject(before) && isObject(after) && isArray(before) === isArray(after)
  if (!bothHold || depth === DEPTH_MAX) {
    const [first, second] = [textOf(before), textOf(after)]
    if (first !== second) found.push({ place, before: cut(first), after: cut(second) })
    return
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  for (const name of names) {
    const at = isArray(before) ? `${place}[${name}]` : memberPlace(place, name)
    collect(own(before, name), own(after, name), at, depth + 1, found)
  }
}

function own(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}

function cut(text: string | undefined): string | undefined {
  return text === undefined || text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`
}
