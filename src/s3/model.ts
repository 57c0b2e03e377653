/**
 * The API of Amazon S3, as far as it is served: its table as a value and as types.
 *
 * @module
 */
import { apiOf } from '../aws/model.js'
import { S3 } from '../aws/models/s3.gen.js'
import type * as typed from '../aws/typed.js'

export const S3_API = apiOf(S3)

export type OperationName = keyof (typeof S3)['operations']

/** What operation `Name` takes. */
export type InputOf<Name extends OperationName> = typed.InputOf<typeof S3, Name>

export type ShapeValue<Name extends keyof (typeof S3)['shapes']> = typed.ShapeValue<
  (typeof S3)['shapes'],
  Name
>
