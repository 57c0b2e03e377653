/**
 * An AWS API as a value: which operations it has, and the shapes that those take and give.
 *
 * Tables are generated from AWS's public models (models/*.gen.ts, scripts/aws-model.mjs) and hold the shapes of what
 * is served; operations that are not are known by name. Here they become trees whose nodes know their members, made
 * once. What a caller passes is taken in take.ts, TypeScript types are in typed.ts.
 *
 * @module
 */

/** As generated. */
export interface ApiTable {
  /** Such as `kms`. */
  readonly name: string
  /** Such as `2014-11-01`. */
  readonly version: string
  readonly operations: Readonly<Record<string, OperationShapes>>
  /** Operations of the API that are not served. */
  readonly others: readonly string[]
  readonly shapes: Readonly<Record<string, ShapeRow>>
}

export interface OperationShapes {
  readonly input?: string
  readonly output?: string
}

export type ShapeRow =
  | StringRow
  | { readonly type: 'integer'; readonly min?: number; readonly max?: number }
  | BlobRow
  | { readonly type: 'boolean' | 'timestamp' }
  | { readonly type: 'list'; readonly member: string; readonly min?: number; readonly max?: number }
  | { readonly type: 'map'; readonly key: string; readonly value: string }
  | {
      readonly type: 'structure'
      readonly required: readonly string[]
      readonly members: Readonly<Record<string, string>>
    }

interface StringRow {
  readonly type: 'string'
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
  readonly enum?: readonly string[]
  readonly sensitive?: boolean
}

interface BlobRow {
  readonly type: 'blob'
  readonly min?: number
  readonly max?: number
  readonly sensitive?: boolean
}

export interface Bounds {
  readonly min?: number
  readonly max?: number
}

/** A shape with all that its walkers ask. */
export type Shape =
  | StringShape
  | IntegerShape
  | BlobShape
  | PlainShape
  | ListShape
  | MapShape
  | Structure
export interface StringShape extends StringRow {
  /** Of the whole text. */
  readonly whole: RegExp | undefined
}
export interface IntegerShape extends Bounds {
  readonly type: 'integer'
}
export type BlobShape = BlobRow
export interface PlainShape {
  readonly type: 'boolean' | 'timestamp'
}
export interface ListShape extends Bounds {
  readonly type: 'list'
  readonly member: Shape
}
export interface MapShape {
  readonly type: 'map'
  readonly value: Shape
}
export interface Structure {
  readonly type: 'structure'
  /** In the model's order. */
  readonly members: readonly Member[]
  /** Those of them that are secret bytes. */
  readonly secrets: readonly Member[]
}

export interface Member {
  readonly name: string
  /** As messages and CloudTrail write it. */
  readonly lowerName: string
  readonly shape: Shape
  readonly isRequired: boolean
  /** Bytes and secrets, which no record and no message shows. */
  readonly isHidden: boolean
}

/** An operation; without input it takes nothing, without output it answers nothing. */
export interface Operation {
  readonly name: string
  readonly input: Structure | undefined
  readonly output: Structure | undefined
}

export interface Api {
  readonly name: string
  readonly version: string
  /** Undefined for a name that is not served; see {@link isKnown}. */
  operation(name: string): Operation | undefined
  /** True for the name of an operation of AWS's, served or not. */
  isKnown(name: string): boolean
}

export function apiOf(table: ApiTable): Api {
  const shapes = new Map<string, Shape>()
  const operations = new Map<string, Operation>()
  for (const [name, { input, output }] of Object.entries(table.operations)) {
    const structure = (shape: string | undefined) =>
      shape === undefined ? undefined : (shapeOf(table, shapes, shape) as Structure)
    operations.set(name, { name, input: structure(input), output: structure(output) })
  }
  const others = new Set(table.others)
  return {
    name: table.name,
    version: table.version,
    operation: (name) => operations.get(name),
    isKnown: (name) => operations.has(name) || others.has(name),
  }
}

/** `KeyId` as `keyId`, which is how AWS names members in messages and in CloudTrail. */
export function lowerCamel(member: string): string {
  return member[0]!.toLowerCase() + member.slice(1)
}

function shapeOf(table: ApiTable, made: Map<string, Shape>, name: string): Shape {
  const known = made.get(name)
  if (known !== undefined) return known
  const row = table.shapes[name]!
  const follow = (to: string) => shapeOf(table, made, to)
  switch (row.type) {
    case 'string': {
      const whole = row.pattern === undefined ? undefined : wholeOf(row.pattern)
      return keep(made, name, { ...row, whole })
    }
    case 'list':
      return keep(made, name, { ...row, member: follow(row.member) })
    case 'map':
      return keep(made, name, { type: 'map', value: follow(row.value) })
    case 'structure': {
      // Known before its members are, as one of them may hold it.
      const [members, secrets]: [Member[], Member[]] = [[], []]
      const structure = keep(made, name, { type: 'structure', members, secrets })
      for (const [name, to] of Object.entries(row.members)) {
        const member = memberOf(name, follow(to), row.required.includes(name))
        members.push(member)
        if (isSecret(member.shape)) secrets.push(member)
      }
      return structure
    }
    default:
      return keep(made, name, row)
  }
}

/** Only with the flag does JavaScript know classes such as \p{L}. */
function wholeOf(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '')
}

function keep<S extends Shape>(made: Map<string, Shape>, name: string, shape: S): S {
  made.set(name, shape)
  return shape
}

function memberOf(name: string, shape: Shape, isRequired: boolean): Member {
  return { name, lowerName: lowerCamel(name), shape, isRequired, isHidden: isHidden(shape) }
}

/** Bytes, such as plaintext; secret texts do not come out of operations. */
export function isSecret(shape: Shape): boolean {
  return shape.type === 'blob' && shape.sensitive === true
}

function isHidden(shape: Shape): boolean {
  if (shape.type === 'list') return isHidden(shape.member)
  return shape.type === 'blob' || (shape.type === 'string' && shape.sensitive === true)
}
