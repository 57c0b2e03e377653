/**
 * What every operation of STS works with.
 *
 * @module
 */
import type { CallParts } from '../../service/calls/call.js'
import type { Principals } from '../principals/principals.js'
import type { Sessions } from './sessions.js'

export interface StsParts extends CallParts {
  readonly principals: Principals
  readonly sessions: Sessions
}
