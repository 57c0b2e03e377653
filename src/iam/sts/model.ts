/**
 * The API of STS, as far as it is served: its table as a value and as types.
 *
 * @module
 */
import { apiOf } from '../../aws/model.js'
import { STS } from '../../aws/models/sts.gen.js'
import type * as typed from '../../aws/typed.js'

export const STS_API = apiOf(STS)

/** What operation `Name` takes. */
export type InputOf<Name extends keyof (typeof STS)['operations']> = typed.InputOf<typeof STS, Name>
