/**
 * What IAM keeps as rows, each under a MAC: put, dropped, and read back.
 *
 * The MAC covers the whole row, and a row the whole of a user, role, group, policy or access key. The tables are in
 * store/view/schema/iam.ts. Source: docs/FORMAT.md §6.
 *
 * @module
 */
import { constantTimeEqual } from '../../bytes/compare.js'
import { SealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'
import { macOfColumns } from '../../root/row-mac.js'
import type { Tag } from '../../service/policies.js'
import type { Change } from '../../store/change.js'
import type { Row } from '../../store/view/schema.js'
import type { AccessKey, Entity, Group, ManagedPolicy, Role, Thing, User } from './things.js'
import { newDocument } from './things.js'

export type IamTable = 'iam_user' | 'iam_role' | 'iam_group' | 'iam_policy' | 'iam_access_key'

const TABLES = {
  user: 'iam_user',
  role: 'iam_role',
  group: 'iam_group',
  policy: 'iam_policy',
  key: 'iam_access_key',
} as const

export function putThing(root: Root, thing: Thing): Change {
  const table = TABLES[thing.kind]
  const row = rowOf(thing)
  return { put: table, row: { ...row, mac: macOfColumns(root, table, row, YOUNGER) } } as Change
}

export function dropThing(thing: Thing): Change {
  switch (thing.kind) {
    case 'user':
      return { drop: 'iam_user', key: { user_id: thing.id } }
    case 'role':
      return { drop: 'iam_role', key: { role_id: thing.id } }
    case 'group':
      return { drop: 'iam_group', key: { group_id: thing.id } }
    case 'policy':
      return { drop: 'iam_policy', key: { policy_id: thing.id } }
    case 'key':
      return { drop: 'iam_access_key', key: { access_key_id: thing.accessKeyId } }
  }
}

/** @throws SealtrailError `StoreDamaged` when the row is not as it was put there. */
export function thingOf(root: Root, table: IamTable, row: Row<IamTable>): Thing {
  if (!constantTimeEqual(row.mac, macOfColumns(root, table, row, YOUNGER))) {
    const [id] = Object.values(row)
    const message = `the row of ${id} in ${table} is not as it was written: stop, and start on the journal`
    throw new SealtrailError('StoreDamaged', message, { table })
  }
  return READERS[table](row as never)
}

/** Left out of the MAC where they are null, so that rows from before there were such lists are still believed. */
const YOUNGER: ReadonlySet<string> = new Set(['groups', 'trusted'])

const READERS = {
  iam_user: (row: Row<'iam_user'>): User => ({
    kind: 'user',
    id: row.user_id,
    ...entityOf(row),
    groups: listOf(row.groups),
  }),
  iam_role: (row: Row<'iam_role'>): Role => ({
    kind: 'role',
    id: row.role_id,
    ...entityOf(row),
    description: row.description,
    maxSessionSeconds: row.max_session_seconds,
    trustPolicy: newDocument(row.name, row.trust_policy),
    trusted: listOf(row.trusted),
  }),
  iam_group: (row: Row<'iam_group'>): Group => {
    return { kind: 'group', id: row.group_id, ...entityOf(row) }
  },
  iam_policy: policyOf,
  iam_access_key: (row: Row<'iam_access_key'>): AccessKey => ({
    kind: 'key',
    accessKeyId: row.access_key_id,
    account: row.account,
    userId: row.user_id,
    status: row.status as AccessKey['status'],
    createdAt: row.created_at,
    wrapped: row.wrapped,
  }),
}

function rowOf(thing: Thing): object {
  switch (thing.kind) {
    case 'user':
      return {
        user_id: thing.id,
        ...entityColumns(thing),
        groups: textOrNull(thing.groups),
      }
    case 'role':
      return {
        role_id: thing.id,
        ...entityColumns(thing),
        description: thing.description,
        max_session_seconds: thing.maxSessionSeconds,
        trust_policy: thing.trustPolicy.text,
        trusted: textOrNull(thing.trusted),
      }
    case 'group':
      return { group_id: thing.id, ...entityColumns(thing) }
    case 'policy':
      return policyColumns(thing)
    case 'key':
      return {
        access_key_id: thing.accessKeyId,
        account: thing.account,
        user_id: thing.userId,
        status: thing.status,
        created_at: thing.createdAt,
        wrapped: thing.wrapped,
      }
  }
}

function entityColumns({ account, name, path, createdAt, ...entity }: Entity): object {
  return {
    account,
    name,
    path,
    created_at: createdAt,
    tags: tagsText(entity.tags),
    boundary: entity.boundary ?? null,
    attached: JSON.stringify(entity.attached),
    inline: JSON.stringify(entity.inline.map(({ name, text }) => [name, text])),
  }
}

function entityOf(row: Omit<Row<'iam_group'>, 'group_id'>) {
  const inline = JSON.parse(row.inline) as Array<[name: string, text: string]>
  return {
    account: row.account,
    name: row.name,
    path: row.path,
    createdAt: row.created_at,
    tags: tagsOf(row.tags),
    boundary: row.boundary ?? undefined,
    attached: JSON.parse(row.attached) as string[],
    inline: inline.map(([name, text]) => newDocument(name, text)),
  }
}

function policyColumns({ id, account, name, path, ...policy }: ManagedPolicy): object {
  const versions = policy.versions.map(({ number, createdAt, document }) => {
    return [number, createdAt, document.text]
  })
  return {
    ...{ policy_id: id, account, name, path },
    created_at: policy.createdAt,
    updated_at: policy.updatedAt,
    description: policy.description,
    tags: tagsText(policy.tags),
    default_version: policy.defaultVersion,
    last_version: policy.lastVersion,
    versions: JSON.stringify(versions),
  }
}

function policyOf(row: Row<'iam_policy'>): ManagedPolicy {
  const { policy_id, account, name, path } = row
  const versions = JSON.parse(row.versions) as Array<[number, number, string]>
  return {
    ...{ kind: 'policy', id: policy_id, account, name, path },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    description: row.description,
    tags: tagsOf(row.tags),
    defaultVersion: row.default_version,
    lastVersion: row.last_version,
    versions: versions.map(([number, createdAt, text]) => {
      return { number, createdAt, document: newDocument(`policy${path}${name}`, text) }
    }),
  }
}

/** Null for a list of nothing. */
function textOrNull(list: readonly unknown[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list)
}

function listOf<Item>(text: string | null): Item[] {
  return text === null ? [] : (JSON.parse(text) as Item[])
}

function tagsText(tags: readonly Tag[]): string {
  return JSON.stringify(tags.map(({ Key, Value }) => [Key, Value]))
}

function tagsOf(text: string): Tag[] {
  const pairs = JSON.parse(text) as Array<[key: string, value: string]>
  return pairs.map(([Key, Value]) => ({ Key, Value }))
}
