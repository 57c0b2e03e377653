/**
 * What IAM keeps, as facts: users, roles, groups, managed policies, access keys.
 *
 * Never changed in place: a change makes a new one, so that whoever looked once goes on with what he saw. How they
 * are rows is in rows.ts, who has which name in names.ts. Users, roles and groups are entities
 * here: what policies are attached to. A group never has tags or a boundary, and is nobody.
 *
 * @module
 */
import { globalArn } from '../../aws/arn.js'
import type { PrincipalIds } from '../../policy/grammar/identified.js'
import type { PolicyDocument, Tag } from '../../service/policies.js'

/** What all that has a name and a path has in common. */
export interface Named {
  readonly account: string
  /** `AIDA…`, `AROA…`, `AGPA…`, `ANPA…` */
  readonly id: string
  readonly name: string
  /** Begins and ends with a slash. */
  readonly path: string
  /** Milliseconds since the epoch, like all times here. */
  readonly createdAt: number
  readonly tags: readonly Tag[]
}

interface EntityFacts extends Named {
  /** The id of the managed policy that is the permissions boundary. */
  readonly boundary: string | undefined
  /** Ids of managed policies, in the order in which they were attached. */
  readonly attached: readonly string[]
  readonly inline: readonly PolicyDocument[]
}

export interface User extends EntityFacts {
  readonly kind: 'user'
  /** Ids of his groups, in the order in which he was added. */
  readonly groups: readonly string[]
}

export interface Group extends EntityFacts {
  readonly kind: 'group'
}

export interface Role extends EntityFacts {
  readonly kind: 'role'
  readonly description: string
  readonly maxSessionSeconds: number
  readonly trustPolicy: PolicyDocument
  /** Whom it named when it was saved. */
  readonly trusted: PrincipalIds
}

export type Entity = User | Role | Group

export interface ManagedPolicy extends Named {
  readonly kind: 'policy'
  readonly updatedAt: number
  readonly description: string
  readonly defaultVersion: number
  /** Numbers are never used again. */
  readonly lastVersion: number
  /** Oldest first; the default version is among them. */
  readonly versions: readonly PolicyVersion[]
}

export interface PolicyVersion {
  readonly number: number
  readonly createdAt: number
  readonly document: PolicyDocument
}

export interface AccessKey {
  readonly kind: 'key'
  readonly accessKeyId: string
  readonly account: string
  /** The user's id. */
  readonly userId: string
  readonly status: 'Active' | 'Inactive'
  readonly createdAt: number
  /** The secret, wrapped (secret.ts). */
  readonly wrapped: Uint8Array
}

export type Thing = Entity | ManagedPolicy | AccessKey

/** One for each text, so that whoever has compiled it knows when it is another. */
let lastDocument = 0

export function newDocument(name: string, text: string): PolicyDocument {
  return { name, text, version: ++lastDocument }
}

export function defaultDocument({ versions, defaultVersion }: ManagedPolicy): PolicyDocument {
  return versions.find(({ number }) => number === defaultVersion)!.document
}

/** As the partition of `region` names it. */
export function arnOfNamed(
  thing: Pick<Entity | ManagedPolicy, 'kind' | 'account' | 'path' | 'name'>,
  region: string,
): string {
  const { kind, account, path, name } = thing
  return globalArn('iam', { account, region }, `${kind}${path}${name}`)
}
