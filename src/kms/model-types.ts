/**
 * The API model as TypeScript types: what callers pass and what operations answer.
 *
 * Types are computed from model.gen.ts, so that they, the parser and the checks cannot drift apart. Blobs
 * are Uint8Array, timestamps Date, an absent member may be undefined.
 *
 * @module
 */
import { MODEL, SHAPES } from './model.gen.js'

export type OperationName = keyof typeof MODEL
type ShapeName = keyof typeof SHAPES

/** One row of SHAPES, as the walkers of wire.ts and validate.ts see it. */
export type Shape =
  | {
      readonly type: 'string'
      readonly min?: number
      readonly max?: number
      readonly pattern?: string
      readonly enum?: readonly string[]
      readonly sensitive?: boolean
    }
  | { readonly type: 'integer'; readonly min?: number; readonly max?: number }
  | {
      readonly type: 'blob'
      readonly min?: number
      readonly max?: number
      readonly sensitive?: boolean
    }
  | { readonly type: 'boolean' | 'timestamp' }
  | {
      readonly type: 'list'
      readonly member: ShapeName
      readonly min?: number
      readonly max?: number
    }
  | { readonly type: 'map'; readonly key: ShapeName; readonly value: ShapeName }
  | StructureShape

export interface StructureShape {
  readonly type: 'structure'
  readonly required: readonly string[]
  readonly members: Readonly<Record<string, ShapeName>>
}

/** The value that a caller passes, or an operation answers, for a shape. */
export type ShapeValue<Name extends ShapeName> = ValueOf<(typeof SHAPES)[Name]>

/** What operation `Name` takes. */
export type InputOf<Name extends OperationName> = (typeof MODEL)[Name] extends {
  readonly input: infer Input extends ShapeName
}
  ? ShapeValue<Input>
  : Record<string, never>

type ValueOf<S> = S extends { readonly type: 'string'; readonly enum: readonly (infer Choice)[] }
  ? Choice
  : S extends { readonly type: 'string' }
    ? string
    : S extends { readonly type: 'integer' }
      ? number
      : S extends { readonly type: 'boolean' }
        ? boolean
        : S extends { readonly type: 'blob' }
          ? Uint8Array
          : S extends { readonly type: 'timestamp' }
            ? Date
            : S extends { readonly type: 'list'; readonly member: infer Member extends ShapeName }
              ? readonly ShapeValue<Member>[]
              : S extends { readonly type: 'map'; readonly value: infer Value extends ShapeName }
                ? Readonly<Record<string, ShapeValue<Value>>>
                : S extends {
                      readonly type: 'structure'
                      readonly required: readonly (infer Required)[]
                      readonly members: infer Members extends Readonly<Record<string, ShapeName>>
                    }
                  ? Structure<Members, Required>
                  : never

type Structure<Members extends Readonly<Record<string, ShapeName>>, Required> = {
  readonly [Name in keyof Members as Name extends Required ? Name : never]: ShapeValue<
    Members[Name]
  >
} & {
  readonly [Name in keyof Members as Name extends Required ? never : Name]?:
    | ShapeValue<Members[Name]>
    | undefined
}

export function shapeNamed(name: ShapeName): Shape {
  return SHAPES[name]
}

/** A member of a structure, with all that the walkers ask. */
export interface Member {
  readonly name: string
  /** As messages and CloudTrail write it. */
  readonly lowerName: string
  readonly shape: Shape
  readonly shapeName: ShapeName
  readonly isRequired: boolean
}

const memberLists = new WeakMap<StructureShape, readonly Member[]>()

/** In the model's order. */
export function membersOf(structure: StructureShape): readonly Member[] {
  let members = memberLists.get(structure)
  if (members === undefined) {
    members = Object.entries(structure.members).map(([name, shapeName]) => ({
      name,
      lowerName: lowerCamel(name),
      shape: SHAPES[shapeName],
      shapeName,
      isRequired: structure.required.includes(name),
    }))
    memberLists.set(structure, members)
  }
  return members
}

/** `KeyId` as `keyId`, which is how AWS names members in messages and in CloudTrail. */
export function lowerCamel(member: string): string {
  return member[0]!.toLowerCase() + member.slice(1)
}

/** True for the name of an operation of the model, ours or not. */
export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(MODEL, name)
}

/** The structure that `operation` takes, or undefined when it takes nothing. */
export function inputShape(operation: OperationName): StructureShape | undefined {
  const { input } = MODEL[operation] as { readonly input?: ShapeName }
  return input === undefined ? undefined : (SHAPES[input] as StructureShape)
}

/** The structure that `operation` answers, or undefined when it answers nothing. */
export function outputShape(operation: OperationName): StructureShape | undefined {
  const { output } = MODEL[operation] as { readonly output?: ShapeName }
  return output === undefined ? undefined : (SHAPES[output] as StructureShape)
}
