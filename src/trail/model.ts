/**
 * The API of CloudTrail, as far as it is served: its table as a value and as types.
 *
 * @module
 */
import { apiOf } from '../aws/model.js'
import { CLOUDTRAIL } from '../aws/models/cloudtrail.gen.js'
import type * as typed from '../aws/typed.js'

export const CLOUDTRAIL_API = apiOf(CLOUDTRAIL)

export type OperationName = keyof (typeof CLOUDTRAIL)['operations']

/** What operation `Name` takes. */
export type InputOf<Name extends OperationName> = typed.InputOf<typeof CLOUDTRAIL, Name>
