/**
 * The APIs of CloudTrail and CloudTrail Data, as far as they are served: their tables as values and as types.
 *
 * @module
 */
import { apiOf } from '../aws/model.js'
import { CLOUDTRAIL } from '../aws/models/cloudtrail.gen.js'
import { CLOUDTRAIL_DATA } from '../aws/models/cloudtrail-data.gen.js'
import type * as typed from '../aws/typed.js'

export const CLOUDTRAIL_API = apiOf(CLOUDTRAIL)
export const CLOUDTRAIL_DATA_API = apiOf(CLOUDTRAIL_DATA)

export type OperationName = keyof (typeof CLOUDTRAIL)['operations']

/** What operation `Name` takes. */
export type InputOf<Name extends OperationName> = typed.InputOf<typeof CLOUDTRAIL, Name>

/** What PutAuditEvents takes. */
export type AuditEventsInput = typed.InputOf<typeof CLOUDTRAIL_DATA, 'PutAuditEvents'>
