/**
 * ListGrants, ListRetirableGrants.
 *
 * By id, so that a page goes on where the one before ended, whatever was granted or retired meanwhile.
 *
 * @module
 */
import { globalArn } from '../../aws/arn.js'
import { missingMember } from '../../aws/constraints.js'
import type { Call } from '../../service/calls/call.js'
import { accessDenied } from '../../service/deciding/may.js'
import { openPage, type PageOutput } from '../../service/page.js'
import { type Constraints, checkGrantId, type Grant, type GrantOperation } from '../grants/grant.js'
import { accountOfPrincipal, isService } from '../grants/principals.js'
import { readRetirableGrants } from '../grants/rows.js'
import { keyArn } from '../keys/key.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { invalid } from '../refusals.js'
import { lookAtKey } from '../use/find-key.js'
import { mayInAccount } from '../use/may-use.js'

export interface GrantListEntry {
  /** The key's ARN. */
  readonly KeyId: string
  readonly GrantId: string
  readonly Name?: string
  readonly CreationDate: Date
  readonly GranteePrincipal?: string
  readonly RetiringPrincipal?: string
  readonly IssuingAccount: string
  readonly Operations: readonly GrantOperation[]
  readonly Constraints?: Constraints
  readonly GranteeServicePrincipal?: string
  readonly RetiringServicePrincipal?: string
}

export interface ListGrantsOutput extends PageOutput {
  readonly Grants: readonly GrantListEntry[]
}

const LIST_LIMITS = { usual: 50, max: 100 }
const GRANT_ID = /^[0-9a-f]{64}$/

export async function listGrants(
  parts: Parts,
  call: Call,
  input: InputOf<'ListGrants'>,
): Promise<ListGrantsOutput> {
  const { rows, after = '', cut } = openPage('grants', GRANT_ID, input, LIST_LIMITS)
  const { GrantId, GranteePrincipal, GranteeServicePrincipal } = input
  if (GrantId !== undefined) checkGrantId(GrantId)
  if (GranteePrincipal !== undefined && GranteeServicePrincipal !== undefined) {
    throw invalid('You can specify either GranteePrincipal or GranteeServicePrincipal, not both.')
  }
  const { grants } = await lookAtKey(parts, call, input.KeyId)
  if (GranteeServicePrincipal !== undefined) checkAsksItself(call, GranteeServicePrincipal)
  const grantee = GranteePrincipal ?? GranteeServicePrincipal
  const wanted: Grant[] = []
  for (const grant of grants.all) {
    if (wanted.length === rows) break
    if (grant.grantId <= after) continue
    if (GrantId !== undefined && grant.grantId !== GrantId) continue
    if (grantee === undefined || grant.grantee === grantee) wanted.push(grant)
  }
  const [items, rest] = cut(wanted, ({ grantId }) => grantId)
  await call.succeed()
  return { Grants: items.map(entryOf), ...rest }
}

/** On keys of every account: who is asked is the account of the retirer. */
export async function listRetirableGrants(
  parts: Parts,
  call: Call,
  input: InputOf<'ListRetirableGrants'>,
): Promise<ListGrantsOutput> {
  const { rows, after = '', cut } = openPage('retirable', GRANT_ID, input, LIST_LIMITS)
  const { RetiringPrincipal, RetiringServicePrincipal } = input
  if (RetiringPrincipal !== undefined && RetiringServicePrincipal !== undefined) {
    throw invalid('You can specify either RetiringPrincipal or RetiringServicePrincipal, not both.')
  }
  const retirer = RetiringPrincipal ?? RetiringServicePrincipal
  if (retirer === undefined) throw missingMember('RetiringPrincipal')
  const { account, region } = call.caller
  if (RetiringServicePrincipal !== undefined) {
    checkAsksItself(call, RetiringServicePrincipal)
    call.needsNoPermission()
  } else {
    const isOwn = accountOfPrincipal(retirer, region) === account
    if (!isOwn) throw accessDenied(call.caller, 'kms:ListRetirableGrants')
    mayInAccount(call)
  }
  const place = { region, retirer }
  const grants = await readRetirableGrants(parts.store, parts.root, place, after, rows)
  const [items, rest] = cut(grants, ({ grantId }) => grantId)
  await call.succeed()
  return { Grants: items.map(entryOf), ...rest }
}

/** The grants of a service are for itself to look for. */
function checkAsksItself({ caller, operation }: Call, service: string): void {
  const { type, invokedBy } = caller.identity
  if (type === 'AWSService' && invokedBy === service) return
  throw accessDenied(caller, `kms:${operation}`)
}

function entryOf(grant: Grant): GrantListEntry {
  const { name, grantee, retirer, constraints } = grant
  const issuing = { account: grant.issuer, region: grant.region }
  return {
    KeyId: keyArn(grant, grant.keyId),
    GrantId: grant.grantId,
    ...(name === undefined ? {} : { Name: name }),
    CreationDate: new Date(grant.createdAt),
    ...(isService(grantee) ? { GranteeServicePrincipal: grantee } : { GranteePrincipal: grantee }),
    ...(retirer === undefined ? {} : retirerMember(retirer)),
    IssuingAccount: globalArn('iam', issuing, 'root'),
    Operations: grant.operations,
    ...(constraints === undefined ? {} : { Constraints: constraints }),
  }
}

function retirerMember(retirer: string) {
  return isService(retirer) ? { RetiringServicePrincipal: retirer } : { RetiringPrincipal: retirer }
}
