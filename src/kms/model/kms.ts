/**
 * The API of AWS KMS, as far as it is served: its table as a value and as types.
 *
 * @module
 */
import { apiOf } from '../../aws/model.js'
import { KMS } from '../../aws/models/kms.gen.js'
import type * as typed from '../../aws/typed.js'

export const KMS_API = apiOf(KMS)

export type OperationName = keyof (typeof KMS)['operations']

/** What operation `Name` takes. */
export type InputOf<Name extends OperationName> = typed.InputOf<typeof KMS, Name>

export type ShapeValue<Name extends keyof (typeof KMS)['shapes']> = typed.ShapeValue<
  (typeof KMS)['shapes'],
  Name
>
