/**
 * A session: temporary credentials of a role, of a user or root for himself, or of whom one of these vouches for; and who
 * its caller is.
 *
 *     AROA…:deploy   arn:aws:sts::111122223333:assumed-role/ci/deploy   of a role
 *     AIDA…          arn:aws:iam::111122223333:user/anna                of a user, as with an access key
 *     111122223333:bob   arn:aws:sts::111122223333:federated-user/bob   of a federated user
 *
 * It is kept nowhere: all of it is in its token (token.ts). What it may is looked up at each call (sessions.ts).
 * Sources: IAM user guide, "IAM identifiers"; CloudTrail user guide, "CloudTrail userIdentity element".
 *
 * @module
 */
import type { Identity } from '../../audit/identity.js'
import { globalArn } from '../../aws/arn.js'
import { rootIdentity } from '../../service/caller.js'
import type { Tag } from '../../service/policies.js'
import { arnOfNamed, type Role, type User } from '../principals/things.js'

export interface Session {
  readonly of: 'role' | 'user' | 'root' | 'federated'
  /** 12 digits. */
  readonly account: string
  /** Of the role or user, or of the user who federated; the account of its root. */
  readonly id: string
  /** RoleSessionName, or the federated user's; otherwise empty. */
  readonly name: string
  /** Milliseconds since the epoch, whole seconds. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly tags: readonly Tag[]
  /** Keys of tags that go on into sessions made by this one. */
  readonly transitiveKeys: readonly string[]
  readonly sourceIdentity: string | undefined
  /** The text of the policy that was passed. */
  readonly policy: string | undefined
  /** Ids of managed policies that were passed. */
  readonly policyIds: readonly string[]
}

/** Without what only roles' sessions have. */
export const PLAIN = {
  name: '',
  tags: [],
  transitiveKeys: [],
  sourceIdentity: undefined,
  policy: undefined,
  policyIds: [],
} as const

export function roleSessionArn({ account, name }: Role, session: string, region: string): string {
  return globalArn('sts', { account, region }, `assumed-role/${name}/${session}`)
}

export function roleSessionId({ id }: Role, session: string): string {
  return `${id}:${session}`
}

export function federatedArn(account: string, name: string, region: string): string {
  return globalArn('sts', { account, region }, `federated-user/${name}`)
}

export function federatedId(account: string, name: string): string {
  return `${account}:${name}`
}

/** The account's root has no other id. */
export function isOfRoot({ account, id }: Session): boolean {
  return id === account
}

/** `holder`: the role or user as it is now; undefined for root. */
export function identityOf(
  session: Session,
  holder: Role | User | undefined,
  accessKeyId: string,
  region: string,
): Identity {
  const attributes = {
    creationDate: secondsText(session.issuedAt),
    mfaAuthenticated: 'false',
  } as const
  const { account: accountId } = session
  if (session.of === 'federated') {
    const { name } = session
    return {
      type: 'FederatedUser',
      principalId: federatedId(accountId, name),
      arn: federatedArn(accountId, name, region),
      ...{ accountId, accessKeyId },
      sessionContext: { sessionIssuer: federatorOf(session, holder, region), attributes },
    }
  }
  if (holder === undefined) {
    return { ...rootIdentity(accountId, region, accessKeyId), sessionContext: { attributes } }
  }
  const arn = arnOfNamed(holder, region)
  const { id: principalId, name: userName } = holder
  if (holder.kind === 'user') {
    const user = { type: 'IAMUser', principalId, arn, accountId, accessKeyId, userName } as const
    return { ...user, sessionContext: { attributes } }
  }
  const { name, sourceIdentity } = session
  return {
    type: 'AssumedRole',
    principalId: roleSessionId(holder, name),
    arn: roleSessionArn(holder, name, region),
    ...{ accountId, accessKeyId },
    sessionContext: {
      sessionIssuer: { type: 'Role', principalId, arn, accountId, userName },
      attributes,
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    },
  }
}

function federatorOf({ account }: Session, holder: Role | User | undefined, region: string) {
  if (holder === undefined) {
    const arn = globalArn('iam', { account, region }, 'root')
    return { type: 'Root', principalId: account, arn, accountId: account } as const
  }
  const { id, name } = holder
  const arn = arnOfNamed(holder, region)
  return { type: 'IAMUser', principalId: id, arn, accountId: account, userName: name } as const
}

function secondsText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}
