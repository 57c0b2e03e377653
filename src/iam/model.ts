/**
 * The API of IAM, as far as it is served: its table as a value and as types.
 *
 * @module
 */
import { apiOf } from '../aws/model.js'
import { IAM } from '../aws/models/iam.gen.js'
import type * as typed from '../aws/typed.js'

export const IAM_API = apiOf(IAM)

export type OperationName = keyof (typeof IAM)['operations']

/** What operation `Name` takes. */
export type InputOf<Name extends OperationName> = typed.InputOf<typeof IAM, Name>
