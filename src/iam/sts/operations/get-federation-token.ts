/**
 * GetFederationToken: temporary credentials under a name of the caller's choice, for whom he vouches.
 *
 * They may what the user may and the policies that are passed let through; without any of these, only what a resource's
 * policy gives to the federated user himself. Neither IAM (http/doors/iam.ts) nor STS beyond GetCallerIdentity is open to
 * them. Source: AWS STS API reference, GetFederationToken.
 *
 * @module
 */
import { parsePolicy } from '../../../policy/policy.js'
import type { Call } from '../../../service/calls/call.js'
import type { InputOf } from '../model.js'
import type { StsParts } from '../parts.js'
import { packedSize, passedPolicyIds } from '../passed.js'
import { needsOwnKey } from '../refusals.js'
import { federatedArn, federatedId, PLAIN, type Session } from '../session.js'
import { sessionTags } from '../session-tags.js'

const SECONDS = 12 * 60 * 60
/** Also when more is asked for. */
const ROOT_SECONDS_MAX = 60 * 60

export async function getFederationToken(
  { principals, sessions }: StsParts,
  call: Call,
  input: InputOf<'GetFederationToken'>,
) {
  const { account, region, identity } = call.caller
  const { Name: name, Policy: policy, DurationSeconds: seconds = SECONDS } = input
  needsOwnKey(call)
  const { tags } = sessionTags(input.Tags ?? [], [], [])
  if (policy !== undefined) parsePolicy(policy, 'session', 'session policy')
  const arn = federatedArn(account, name, region)
  for (const action of ['sts:GetFederationToken', ...(tags.length > 0 ? ['sts:TagSession'] : [])]) {
    call.may({ action, arn, owner: account })
  }
  const most = identity.type === 'Root' ? ROOT_SECONDS_MAX : seconds
  const session: Session = {
    ...{ ...PLAIN, of: 'federated', account, id: identity.principalId ?? account, name },
    ...{ tags, policy, policyIds: passedPolicyIds(principals, call.caller, input.PolicyArns) },
    ...sessions.lasting(Math.min(seconds, most)),
  }
  const packed = packedSize(session)
  const output = {
    Credentials: sessions.make(session),
    FederatedUser: { FederatedUserId: federatedId(account, name), Arn: arn },
    ...packed,
  }
  await call.succeed([], output)
  return output
}
