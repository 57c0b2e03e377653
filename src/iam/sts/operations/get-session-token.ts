/**
 * GetSessionToken: temporary credentials of a user or root for himself. They may what he may, but for IAM (without MFA,
 * which there is not: http/doors/iam.ts) and for STS beyond AssumeRole and GetCallerIdentity. Nobody needs a permission.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import type { InputOf } from '../model.js'
import type { StsParts } from '../parts.js'
import { needsOwnKey, refuseMfa } from '../refusals.js'
import { PLAIN } from '../session.js'

const SECONDS = 12 * 60 * 60
/** Also when more is asked for. */
const ROOT_SECONDS_MAX = 60 * 60

export async function getSessionToken(
  { sessions }: StsParts,
  call: Call,
  { DurationSeconds: seconds, ...input }: InputOf<'GetSessionToken'>,
) {
  const { account, identity } = call.caller
  const isRoot = identity.type === 'Root'
  needsOwnKey(call)
  refuseMfa(input)
  call.needsNoPermission()
  const lasting = sessions.lasting(
    isRoot ? Math.min(seconds ?? ROOT_SECONDS_MAX, ROOT_SECONDS_MAX) : (seconds ?? SECONDS),
  )
  const of = isRoot ? 'root' : 'user'
  const id = identity.principalId ?? account
  const output = { Credentials: sessions.make({ ...PLAIN, ...{ of, account, id }, ...lasting }) }
  await call.succeed([], output)
  return output
}
