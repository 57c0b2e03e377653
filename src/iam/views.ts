/**
 * Users, roles, groups and policies as IAM shows them.
 *
 * Policy documents are percent-encoded, as IAM answers them (RFC 3986). Members that lists leave out are left out by
 * whoever lists. Source: IAM API reference, "Data types".
 *
 * @module
 */
import { encodeUri } from '../aws/query-string.js'
import { type Directory, shownText } from '../policy/grammar/identified.js'
import type { Account } from './principals/account.js'
import {
  arnOfNamed,
  type Entity,
  type Group,
  type ManagedPolicy,
  type PolicyVersion,
  type Role,
  type User,
} from './principals/things.js'

/** What lists show of a user. */
export function userView(user: User, region: string) {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: arnOfNamed(user, region),
    CreateDate: new Date(user.createdAt),
  }
}

export function groupView(group: Group, region: string) {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: arnOfNamed(group, region),
    CreateDate: new Date(group.createdAt),
  }
}

/** What lists show of a role. */
export function roleView(role: Role, region: string, directory: Directory) {
  const trust = shownText(role.trustPolicy.text, role.trusted, directory)
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: arnOfNamed(role, region),
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: encodeUri(trust),
    ...(role.description === '' ? {} : { Description: role.description }),
    MaxSessionDuration: role.maxSessionSeconds,
  }
}

/** What lists do not show of a user or role. */
export function entityExtras({ boundary, tags }: Entity, account: Account, region: string) {
  const policy = boundary === undefined ? undefined : account.policies.byId(boundary)!
  return {
    ...(policy === undefined
      ? {}
      : {
          PermissionsBoundary: {
            PermissionsBoundaryType: 'Policy',
            PermissionsBoundaryArn: arnOfNamed(policy, region),
          },
        }),
    ...(tags.length === 0 ? {} : { Tags: tags }),
  }
}

export interface Uses {
  readonly attachments: number
  readonly boundaries: number
}

/** What lists show of a managed policy. */
export function policyView(
  policy: ManagedPolicy,
  { attachments, boundaries }: Uses,
  region: string,
) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: arnOfNamed(policy, region),
    Path: policy.path,
    DefaultVersionId: versionId(policy.defaultVersion),
    AttachmentCount: attachments,
    PermissionsBoundaryUsageCount: boundaries,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
  }
}

/** What lists do not show of a managed policy. */
export function policyExtras({ description, tags }: ManagedPolicy) {
  return {
    ...(description === '' ? {} : { Description: description }),
    ...(tags.length === 0 ? {} : { Tags: tags }),
  }
}

/** Without its document. */
export function versionView(
  { defaultVersion }: ManagedPolicy,
  { number, createdAt }: PolicyVersion,
) {
  return {
    VersionId: versionId(number),
    IsDefaultVersion: number === defaultVersion,
    CreateDate: new Date(createdAt),
  }
}

export function versionId(number: number): string {
  return `v${number}`
}

/** Managed policies of a user, role or group. */
export function attachedView({ attached }: Entity, account: Account, region: string) {
  return attached.map((id) => {
    const policy = account.policies.byId(id)!
    return { PolicyName: policy.name, PolicyArn: arnOfNamed(policy, region), path: policy.path }
  })
}

/** How often the account's policies are attached, and are boundaries, by id. */
export function usesIn(account: Account): (policy: ManagedPolicy) => Uses {
  const [attachments, boundaries] = [new Map<string, number>(), new Map<string, number>()]
  const { users, roles, groups } = account
  for (const entities of [users.all(), roles.all(), groups.all()]) {
    for (const { attached, boundary } of entities) {
      for (const id of attached) attachments.set(id, (attachments.get(id) ?? 0) + 1)
      if (boundary !== undefined) boundaries.set(boundary, (boundaries.get(boundary) ?? 0) + 1)
    }
  }
  return ({ id }) => ({
    attachments: attachments.get(id) ?? 0,
    boundaries: boundaries.get(id) ?? 0,
  })
}
