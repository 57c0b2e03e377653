/**
 * Values as an audit record shows them: member names in lowerCamelCase, times as CloudTrail writes them.
 *
 * Left out are blobs (plaintext and ciphertext) and secrets; what is left is the caller's own text, which AWS shows
 * as well. Inputs are shown while they are taken (take.ts), outputs here. Source: docs/FORMAT.md §7; the records in
 * AWS's KMS developer guide.
 *
 * @module
 */
import type { Shape, Structure } from './model.js'

/** JSON, and nothing else: no bytes, no dates. */
export type ShownValue =
  | string
  | number
  | boolean
  | null
  | readonly ShownValue[]
  | { readonly [name: string]: ShownValue }

export type ShownObject = { readonly [name: string]: ShownValue }

const MONTHS = [
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'],
  ...['Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
]

/** A date as a service's records write it. */
type DateWriter = (date: Date) => string

/** What an operation answered; `output` has the types that take.ts gives. */
export function shownOutput(
  { members }: Structure,
  output: object,
  dates: DateWriter = shownDate,
): ShownObject {
  const source = output as Readonly<Record<string, unknown>>
  const shown: Record<string, ShownValue> = Object.create(null)
  for (const { name, lowerName, shape, isHidden } of members) {
    if (source[name] === undefined || isHidden) continue
    shown[lowerName] = shownValue(shape, source[name], dates)
  }
  return shown
}

/** Such as `Aug 10, 2022, 10:38:27 PM`, always UTC. */
export function shownDate(date: Date): string {
  const day = `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`
  const hours = date.getUTCHours()
  const [minutes, seconds] = [date.getUTCMinutes(), date.getUTCSeconds()].map((n) =>
    String(n).padStart(2, '0'),
  )
  return `${day}, ${hours % 12 || 12}:${minutes}:${seconds} ${hours < 12 ? 'AM' : 'PM'}`
}

/** The same, as IAM's records write it: `Aug 10, 2022 10:38:27 PM`. */
export function shownPlainDate(date: Date): string {
  return shownDate(date).replace(/(\d{4}),/, '$1')
}

function shownValue(shape: Shape, value: unknown, dates: DateWriter): ShownValue {
  switch (shape.type) {
    case 'timestamp':
      return dates(value as Date)
    case 'list':
      return (value as readonly unknown[]).map((item) => shownValue(shape.member, item, dates))
    case 'structure':
      return shownOutput(shape, value as object, dates)
    default:
      return value as ShownValue
  }
}
