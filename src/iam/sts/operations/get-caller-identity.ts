/**
 * GetCallerIdentity: whoever has credentials may ask, whatever policies say.
 *
 * @module
 */

import { arnOfCaller } from '../../../service/caller.js'
import type { Call } from '../../../service/calls/call.js'
import type { StsParts } from '../parts.js'

export async function getCallerIdentity(_parts: StsParts, call: Call) {
  const { account, identity } = call.caller
  call.needsNoPermission()
  await call.succeed()
  return {
    Arn: arnOfCaller(call.caller),
    UserId: identity.principalId ?? account,
    Account: account,
  }
}
