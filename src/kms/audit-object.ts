/**
 * An operation's input or output as its audit record shows it.
 *
 * Driven by the API model: member names in lowerCamelCase, times as CloudTrail writes them. Left out are
 * blobs (plaintext and ciphertext), secrets and grant tokens; what is left is the caller's own text, which
 * AWS shows as well. Source: docs/FORMAT.md §6; the records in AWS's KMS developer guide.
 *
 * @module
 */
import type { AuditObject, AuditValue } from '../audit/event.js'
import { membersOf, type Shape, type StructureShape, shapeNamed } from './model-types.js'

const MONTHS = [
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'],
  ...['Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
]

/** `value` has the types that wire.ts gives. */
export function auditObject(shape: StructureShape, value: object): AuditObject {
  const source = value as Readonly<Record<string, unknown>>
  const shown: Record<string, AuditValue> = Object.create(null)
  for (const { name, lowerName, shape: member, shapeName } of membersOf(shape)) {
    if (source[name] === undefined || isHidden(member) || shapeName === 'GrantTokenList') continue
    shown[lowerName] = auditValue(member, source[name])
  }
  return shown
}

/** Such as `Aug 10, 2022, 10:38:27 PM`, always UTC. */
export function auditDate(date: Date): string {
  const day = `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`
  const hours = date.getUTCHours()
  const [minutes, seconds] = [date.getUTCMinutes(), date.getUTCSeconds()].map((n) =>
    String(n).padStart(2, '0'),
  )
  return `${day}, ${hours % 12 || 12}:${minutes}:${seconds} ${hours < 12 ? 'AM' : 'PM'}`
}

function auditValue(shape: Shape, value: unknown): AuditValue {
  switch (shape.type) {
    case 'timestamp':
      return auditDate(value as Date)
    case 'list': {
      const member = shapeNamed(shape.member)
      return (value as readonly unknown[]).map((item) => auditValue(member, item))
    }
    case 'structure':
      return auditObject(shape, value as object)
    default:
      return value as AuditValue
  }
}

function isHidden(shape: Shape): boolean {
  return shape.type === 'blob' || (shape.type === 'string' && shape.sensitive === true)
}
