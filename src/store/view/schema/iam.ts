/**
 * The tables of the room iam: users, roles, groups, managed policies, access keys.
 *
 * A row holds all that hangs on its user, role or group (inline policies, attachments, boundary, a user's groups), so that its MAC covers the
 * whole of it: what is taken out of a list shows. Ids are unique among all accounts. Source: docs/FORMAT.md §6.
 *
 * @module
 */

export interface IamSchema {
  iam_user: EntityTable & UserColumns
  iam_role: EntityTable & RoleColumns
  iam_group: EntityTable & { group_id: string }
  iam_policy: IamPolicyTable
  iam_access_key: IamAccessKeyTable
}

/** What a user, a role and a group have in common; a group's tags and boundary are none. */
interface EntityTable {
  account: string
  name: string
  path: string
  created_at: number
  /** JSON, like all lists here: `[[key, value], …]`. */
  tags: string
  /** Of the managed policy that is the permissions boundary. */
  boundary: string | null
  /** `[policy id, …]` */
  attached: string
  /** `[[name, document], …]` */
  inline: string
  /** 32 bytes over the whole row. */
  mac: Uint8Array
}

interface UserColumns {
  user_id: string
  /** `[group id, …]`; null when he is in none. */
  groups: string | null
}

interface RoleColumns {
  role_id: string
  description: string
  max_session_seconds: number
  /** JSON, as it was given. */
  trust_policy: string
  /** `[[arn, id], …]` of whom that named when it was saved; null when it named nobody who was there. */
  trusted: string | null
}

interface IamPolicyTable {
  policy_id: string
  account: string
  name: string
  path: string
  created_at: number
  updated_at: number
  description: string
  tags: string
  default_version: number
  /** The highest number that any version has had. */
  last_version: number
  /** `[[number, created at, document], …]` */
  versions: string
  mac: Uint8Array
}

interface IamAccessKeyTable {
  access_key_id: string
  account: string
  user_id: string
  /** `Active` or `Inactive`. */
  status: string
  created_at: number
  /** The secret, wrapped by the root key. */
  wrapped: Uint8Array
  mac: Uint8Array
}

const ENTITY_COLUMNS = `
    account text not null,
    name text not null,
    path text not null,
    created_at integer not null,
    tags text not null,
    boundary text,
    attached text not null,
    inline text not null,
    mac blob not null`

export const IAM_TABLES = [
  `create table iam_user (
    user_id text primary key,
    groups text,${ENTITY_COLUMNS}
  ) strict`,
  `create table iam_role (
    role_id text primary key,
    description text not null,
    max_session_seconds integer not null,
    trust_policy text not null,
    trusted text,${ENTITY_COLUMNS}
  ) strict`,
  `create table iam_group (
    group_id text primary key,${ENTITY_COLUMNS}
  ) strict`,
  `create table iam_policy (
    policy_id text primary key,
    account text not null,
    name text not null,
    path text not null,
    created_at integer not null,
    updated_at integer not null,
    description text not null,
    tags text not null,
    default_version integer not null,
    last_version integer not null,
    versions text not null,
    mac blob not null
  ) strict`,
  `create table iam_access_key (
    access_key_id text primary key,
    account text not null,
    user_id text not null,
    status text not null,
    created_at integer not null,
    wrapped blob not null,
    mac blob not null
  ) strict`,
]
