/**
 * What policies can ask of a call of STS beyond service/deciding/global-facts.ts: the condition keys that begin with `sts:`, and
 * the tags of the role.
 *
 * Source: IAM user guide, "IAM and AWS STS condition context keys".
 *
 * @module
 */
import { valuesOfTag } from '../../service/tags.js'
import type { Role } from '../principals/things.js'

/** What is wanted of a role. */
export interface Wanted {
  readonly sessionName: string
  readonly externalId: string | undefined
  /** Of tags that are passed. */
  readonly transitiveKeys: readonly string[]
  /** Passed or inherited. */
  readonly sourceIdentity: string | undefined
}

const ROLE_TAG = 'iam:resourcetag/'

/** `key` in lower case; undefined for what the call does not have, or what is no key of these. */
export function stsFact(role: Role, wanted: Wanted, key: string): readonly string[] | undefined {
  if (key.startsWith(ROLE_TAG)) return valuesOfTag(role.tags, key.slice(ROLE_TAG.length))
  switch (key) {
    case 'sts:externalid':
      return listOf(wanted.externalId)
    case 'sts:rolesessionname':
      return [wanted.sessionName]
    case 'sts:sourceidentity':
      return listOf(wanted.sourceIdentity)
    case 'sts:transitivetagkeys':
      return wanted.transitiveKeys.length === 0 ? undefined : wanted.transitiveKeys
    default:
      return undefined
  }
}

function listOf(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value]
}
