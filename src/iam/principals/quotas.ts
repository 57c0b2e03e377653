/**
 * How much there may be: AWS's default quotas, and what one process keeps in memory.
 *
 * Source: IAM user guide, "IAM and AWS STS quotas".
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Account } from './account.js'
import type { Thing } from './things.js'

/** By AWS's names for them. */
const QUOTAS = {
  AccessKeysPerUser: 2,
  ACLSizePerRole: 2048,
  GroupsPerAccount: 300,
  GroupsPerUser: 10,
  PoliciesPerAccount: 1500,
  PoliciesPerGroup: 10,
  PoliciesPerRole: 10,
  PoliciesPerUser: 10,
  PolicySize: 6144,
  RolesPerAccount: 1000,
  UsersPerAccount: 5000,
} as const

export const VERSIONS_MAX = 5
export const TAGS_MAX = 50
/** Of all inline policies of one, without white space. */
export const INLINE_CHARACTERS_MAX = { user: 2048, role: 10_240, group: 5120 } as const

/** All that is kept, of all accounts: roughly in bytes. */
const WEIGHT_MAX = 256 << 20
/** Beside its texts. */
const THING_WEIGHT = 1024

/** @throws SealtrailError `LimitExceededException` when there would be more than the quota. */
export function checkQuota(quota: keyof typeof QUOTAS, count: number): void {
  if (count > QUOTAS[quota]) {
    throw limitExceeded(`Cannot exceed quota for ${quota}: ${QUOTAS[quota]}`)
  }
}

export function limitExceeded(message: string): SealtrailError {
  return new SealtrailError('LimitExceededException', message)
}

/** Of one more. */
export function checkAccountQuota(account: Account, kind: Exclude<Thing['kind'], 'key'>): void {
  if (kind === 'user') checkQuota('UsersPerAccount', account.users.size + 1)
  else if (kind === 'role') checkQuota('RolesPerAccount', account.roles.size + 1)
  else if (kind === 'group') checkQuota('GroupsPerAccount', account.groups.size + 1)
  else checkQuota('PoliciesPerAccount', account.policies.size + 1)
}

/** Policies are measured without white space. */
export function policyCharacters(text: string): number {
  return text.replace(/\s+/g, '').length
}

/** @throws SealtrailError `LimitExceededException` */
export function checkWeight(weight: number): void {
  if (weight > WEIGHT_MAX)
    throw limitExceeded('Cannot exceed quota for all accounts of this server')
}

export function weightOf(thing: Thing): number {
  switch (thing.kind) {
    case 'key':
      return THING_WEIGHT
    case 'policy':
      return THING_WEIGHT + lengthOf(thing.versions.map(({ document }) => document))
    case 'user':
    case 'group':
      return THING_WEIGHT + lengthOf(thing.inline)
    case 'role':
      return THING_WEIGHT + lengthOf([...thing.inline, thing.trustPolicy])
  }
}

function lengthOf(documents: ReadonlyArray<{ readonly text: string }>): number {
  return documents.reduce((sum, { text }) => sum + text.length, 0)
}
