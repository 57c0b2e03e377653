/**
 * An API table as TypeScript types: what callers pass and what operations answer.
 *
 * Computed from the generated tables, so that they, the walkers and the checks cannot drift apart. Blobs are
 * Uint8Array, timestamps Date, streams what an operation reads them as (a program gives other things,
 * forms/values.ts), an absent member may be undefined.
 *
 * @module
 */
import type { ApiTable } from './model.js'
import type { StreamingBody } from './streaming.js'

/** What operation `Name` of `Table` takes. */
export type InputOf<
  Table extends ApiTable,
  Name extends keyof Table['operations'],
> = Table['operations'][Name] extends { readonly input: infer Input extends string }
  ? ShapeValue<Table['shapes'], Input>
  : Record<string, never>

/** The value that a caller passes, or an operation answers, for shape `Name`. */
export type ShapeValue<Shapes, Name extends string> = Name extends keyof Shapes
  ? ValueOf<Shapes, Shapes[Name]>
  : never

type ValueOf<Shapes, S> = S extends {
  readonly type: 'string'
  readonly enum: readonly (infer Choice)[]
}
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
            : S extends { readonly type: 'stream' }
              ? StreamingBody
              : S extends { readonly type: 'list'; readonly member: infer Member extends string }
                ? readonly ShapeValue<Shapes, Member>[]
                : S extends { readonly type: 'map'; readonly value: infer Value extends string }
                  ? Readonly<Record<string, ShapeValue<Shapes, Value>>>
                  : S extends {
                        readonly type: 'structure'
                        readonly required: readonly (infer Required)[]
                        readonly members: infer Members extends Readonly<Record<string, string>>
                      }
                    ? StructureValue<Shapes, Members, Required>
                    : never

type StructureValue<Shapes, Members extends Readonly<Record<string, string>>, Required> = {
  readonly [Name in keyof Members as Name extends Required ? Name : never]: ShapeValue<
    Shapes,
    Members[Name]
  >
} & {
  readonly [Name in keyof Members as Name extends Required ? never : Name]?:
    | ShapeValue<Shapes, Members[Name]>
    | undefined
}
