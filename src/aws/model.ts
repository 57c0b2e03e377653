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
  /** Of a REST API: which requests are for those. */
  readonly otherRoutes?: Readonly<Record<string, HttpRoute>>
  readonly shapes: Readonly<Record<string, ShapeRow>>
}

export interface OperationShapes {
  readonly input?: string
  readonly output?: string
  /** Of a REST API in XML. */
  readonly http?: HttpTraits
  /** Of a REST API in JSON. */
  readonly path?: string
}

/** Which requests are for an operation. */
export interface HttpRoute {
  readonly method: string
  /** How far the path goes: `/`, `/bucket` or `/bucket/key`. */
  readonly at: 'service' | 'bucket' | 'object'
  /** Such as `acl` or `list-type=2`. */
  readonly constant: readonly string[]
  /** Names that must be there as well. */
  readonly query: readonly string[]
  readonly header?: string
}

export interface HttpTraits extends HttpRoute {
  /** Of an answer; 200 unless said. */
  readonly status?: number
  /** What the outermost element of an answer is called. */
  readonly root?: string
  /** Its body must come with a checksum. */
  readonly isChecked?: true
}

/** Where a member stands in HTTP; in the body unless said. */
export interface Binding {
  readonly at?: 'uri' | 'query' | 'header' | 'headers'
  /** The member's own unless said. */
  readonly name?: string
  /** An XML attribute. */
  readonly isAttribute?: true
  /** A list whose items stand where the list would. */
  readonly isFlat?: true
  /** Prefix and URI. */
  readonly namespace?: readonly [prefix: string, uri: string]
}

export type ShapeRow =
  | StringRow
  | IntegerRow
  | BlobRow
  | { readonly type: 'boolean' | 'stream' }
  | { readonly type: 'timestamp'; readonly format?: string }
  | ListRow
  | { readonly type: 'map'; readonly key: string; readonly value: string }
  | {
      readonly type: 'structure'
      readonly required: readonly string[]
      readonly members: Readonly<Record<string, string>>
      readonly http?: Readonly<Record<string, Binding>>
      /** The member that is the body, where one is. */
      readonly payload?: string
    }

interface IntegerRow {
  readonly type: 'integer'
  readonly min?: number
  readonly max?: number
  /** Beyond 32 bits, as far as a number is exact. */
  readonly isLong?: true
}

interface ListRow {
  readonly type: 'list'
  readonly member: string
  readonly min?: number
  readonly max?: number
  readonly isFlat?: true
  /** What an item is called in XML; `member` unless said. */
  readonly item?: string
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
  | TimestampShape
  | ListShape
  | MapShape
  | Structure
export interface StringShape extends StringRow {
  /** Of the whole text. */
  readonly whole: RegExp | undefined
}
export type IntegerShape = IntegerRow
export type BlobShape = BlobRow
/** A stream is handed on as it is: bytes that are not here yet. */
export interface PlainShape {
  readonly type: 'boolean' | 'stream'
}
export interface TimestampShape {
  readonly type: 'timestamp'
  readonly format?: string
}
export interface ListShape extends Omit<ListRow, 'member'> {
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
  /** The one of them that is the body in HTTP. */
  readonly payload?: Member
}

export interface Member {
  readonly name: string
  /** As messages and CloudTrail write it. */
  readonly lowerName: string
  readonly shape: Shape
  readonly isRequired: boolean
  /** Bytes and secrets, which no record and no message shows. */
  readonly isHidden: boolean
  /** Empty but in REST APIs. */
  readonly http: Binding
}

/** An operation; without input it takes nothing, without output it answers nothing. */
export interface Operation {
  readonly name: string
  readonly input: Structure | undefined
  readonly output: Structure | undefined
  /** Of a REST API in XML. */
  readonly http: HttpTraits | undefined
}

export interface Api {
  readonly name: string
  readonly version: string
  /** Undefined for a name that is not served; see {@link isKnown}. */
  operation(name: string): Operation | undefined
  /** True for the name of an operation of AWS's, served or not. */
  isKnown(name: string): boolean
  /** Of a REST API in XML: of all that is known, what is served first. */
  readonly routes: ReadonlyMap<string, HttpRoute>
  /** Of a REST API in JSON: the operations that are served, by their paths. */
  readonly paths: ReadonlyMap<string, string>
}

/** Of every member of an API that is no REST API. */
const UNBOUND: Binding = {}

export function apiOf(table: ApiTable): Api {
  const shapes = new Map<string, Shape>()
  const operations = new Map<string, Operation>()
  const routes = new Map<string, HttpRoute>()
  const paths = new Map<string, string>()
  for (const [name, { input, output, http, path }] of Object.entries(table.operations)) {
    const structure = (shape: string | undefined) =>
      shape === undefined ? undefined : (shapeOf(table, shapes, shape) as Structure)
    operations.set(name, { name, input: structure(input), output: structure(output), http })
    if (http !== undefined) routes.set(name, http)
    if (path !== undefined) paths.set(path, name)
  }
  for (const [name, route] of Object.entries(table.otherRoutes ?? {})) routes.set(name, route)
  const others = new Set(table.others)
  return {
    name: table.name,
    version: table.version,
    operation: (name) => operations.get(name),
    isKnown: (name) => operations.has(name) || others.has(name),
    routes,
    paths,
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
      const structure: Writable<Structure> = { type: 'structure', members, secrets }
      keep(made, name, structure)
      for (const [name, to] of Object.entries(row.members)) {
        const isRequired = row.required.includes(name)
        const member = memberOf(name, follow(to), isRequired, row.http?.[name])
        members.push(member)
        if (isSecret(member.shape)) secrets.push(member)
        if (name === row.payload) structure.payload = member
      }
      return structure
    }
    default:
      return keep(made, name, row)
  }
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Only with the flag does JavaScript know classes such as \p{L}. */
function wholeOf(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '')
}

function keep<S extends Shape>(made: Map<string, Shape>, name: string, shape: S): S {
  made.set(name, shape)
  return shape
}

function memberOf(name: string, shape: Shape, isRequired: boolean, http = UNBOUND): Member {
  return { name, lowerName: lowerCamel(name), shape, isRequired, isHidden: isHidden(shape), http }
}

/** Bytes, such as plaintext; secret texts do not come out of operations. */
export function isSecret(shape: Shape): boolean {
  return shape.type === 'blob' && shape.sensitive === true
}

function isHidden(shape: Shape): boolean {
  if (shape.type === 'list') return isHidden(shape.member)
  if (shape.type === 'blob' || shape.type === 'stream') return true
  return shape.type === 'string' && shape.sensitive === true
}
