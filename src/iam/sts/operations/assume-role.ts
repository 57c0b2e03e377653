/**
 * AssumeRole: temporary credentials of a role, for whom it trusts.
 *
 * Who may is in trust.ts; what of the role's policies the session has left, sessions.ts says at each call. Who may not
 * learns nothing of a role, not even whether it is there. Source: AWS STS API reference, AssumeRole.
 *
 * @module
 */
import { partitionOf } from '../../../aws/arn.js'
import { SealtrailError } from '../../../errors.js'
import { parsePolicy } from '../../../policy/policy.js'
import type { Call } from '../../../service/calls/call.js'
import type { Principals } from '../../principals/principals.js'
import { arnOfNamed, type Role } from '../../principals/things.js'
import type { InputOf } from '../model.js'
import type { StsParts } from '../parts.js'
import { packedSize, passedPolicyIds } from '../passed.js'
import { denied, invalid, refuseMfa } from '../refusals.js'
import { roleSessionArn, roleSessionId, type Session } from '../session.js'
import { sessionTags } from '../session-tags.js'
import { checkTrust } from '../trust.js'

type Input = InputOf<'AssumeRole'>

const SECONDS = 60 * 60
/** Of a session that is made by a session. */
const CHAINED_SECONDS_MAX = 60 * 60
const ROLE_ARN =
  /^arn:(aws[a-z-]*):iam::(\d{12}):role(\/(?:[\x21-\x7e]{1,510}\/)?)([\w+=,.@-]{1,64})$/

export async function assumeRole(parts: StsParts, call: Call, input: Input) {
  const { caller } = call
  const { RoleSessionName: name, ExternalId: externalId, Policy: policy } = input
  const { transitiveTags: inherited = [], identity } = caller
  const known = identity.sessionContext?.sourceIdentity
  if (identity.type === 'Root') {
    const says = 'Roles may not be assumed by root accounts.'
    throw new SealtrailError('AccessDeniedException', says)
  }
  if (identity.type === 'FederatedUser') throw denied(caller, 'sts:AssumeRole', input.RoleArn)
  if (input.ProvidedContexts !== undefined) throw invalid('ProvidedContexts are not supported.')
  refuseMfa(input)
  const { tags, transitiveKeys } = sessionTags(
    input.Tags ?? [],
    input.TransitiveTagKeys ?? [],
    inherited,
  )
  if (policy !== undefined) parsePolicy(policy, 'session', 'session policy')

  const role = roleOf(parts.principals, call, input.RoleArn)
  const sourceIdentity = input.SourceIdentity ?? known
  const isOther = known !== undefined && sourceIdentity !== known
  if (isOther) throw denied(caller, 'sts:SetSourceIdentity', input.RoleArn)
  const passedKeys = input.TransitiveTagKeys ?? []
  const wanted = { sessionName: name, externalId, sourceIdentity, transitiveKeys: passedKeys }
  checkTrust(call, role, wanted, tags.length > 0)

  const place = { account: role.account, region: caller.region }
  const policyIds = passedPolicyIds(parts.principals, place, input.PolicyArns)
  const session: Session = {
    ...{ of: 'role', account: role.account, id: role.id, name, tags, transitiveKeys, policy },
    ...{ sourceIdentity, policyIds },
    ...parts.sessions.lasting(secondsOf(role, call, input)),
  }
  const packed = packedSize(session)
  const output = {
    Credentials: parts.sessions.make(session),
    AssumedRoleUser: {
      AssumedRoleId: roleSessionId(role, name),
      Arn: roleSessionArn(role, name, caller.region),
    },
    ...packed,
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
  }
  call.uses({
    accountId: role.account,
    type: 'AWS::IAM::Role',
    arn: arnOfNamed(role, caller.region),
  })
  await call.succeed([], output)
  return output
}

function roleOf(principals: Principals, { caller }: Call, arn: string): Role {
  const [, partition, account = '', path, name = ''] = ROLE_ARN.exec(arn) ?? []
  if (partition !== partitionOf(caller.region)) throw invalid(`${arn} is invalid`)
  const role = principals.account(account).roles.find(name)
  if (role === undefined || role.path !== path) throw denied(caller, 'sts:AssumeRole', arn)
  return role
}

function secondsOf(
  role: Role,
  { caller }: Call,
  { DurationSeconds: seconds = SECONDS }: Input,
): number {
  if (seconds > role.maxSessionSeconds) {
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
  }
  if (caller.identity.sessionContext !== undefined && seconds > CHAINED_SECONDS_MAX) {
    const says =
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.'
    throw invalid(says)
  }
  return seconds
}
