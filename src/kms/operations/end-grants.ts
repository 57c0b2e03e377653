/**
 * RetireGrant, RevokeGrant: two ways to end a grant, which stops at once.
 *
 * Revoking is for whoever may manage the key. Retiring is for whom the grant names (grants/decide.ts), and for the key's
 * account.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import { checkGrantId, noSuchGrant } from '../grants/grant.js'
import { dropGrant } from '../grants/rows.js'
import { invalidGrantToken, openGrantToken, type TokenGrant } from '../grants/tokens.js'
import { parseKeyOnlyRef } from '../keys/ref.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { dryRun, invalid } from '../refusals.js'
import { changeGrants } from '../use/find-key.js'
import type { Wanted } from '../use/may-use.js'

/** AWS's record shows no parameters, and which grant beside them. */
export async function retireGrant(
  parts: Parts,
  call: Call,
  input: InputOf<'RetireGrant'>,
): Promise<void> {
  call.show(undefined)
  if (input.GrantId !== undefined) call.showBeside({ grantId: input.GrantId })
  const named = namedGrant(parts, call, input)
  call.showBeside({ grantId: named.grantId })
  await endGrant(parts, call, named, { retiredId: named.grantId }, input.DryRun)
}

export async function revokeGrant(
  parts: Parts,
  call: Call,
  input: InputOf<'RevokeGrant'>,
): Promise<void> {
  const { KeyId, GrantId: grantId } = input
  checkGrantId(grantId)
  const named = { ...parseKeyOnlyRef(KeyId, call.caller), grantId }
  await endGrant(parts, call, named, {}, input.DryRun)
}

async function endGrant(
  parts: Parts,
  call: Call,
  { grantId, ...ref }: TokenGrant,
  wanted: Wanted,
  isDryRun: boolean | undefined,
): Promise<void> {
  await changeGrants(parts, call, ref, wanted, async (key, grants) => {
    const grant = grants.find(grantId)
    if (grant === undefined) throw noSuchGrant(grantId)
    if (isDryRun) throw dryRun()
    call.showElements({ keyId: key.arn })
    await call.succeed([dropGrant(grant)])
    return { next: grants.without(grant), answer: undefined }
  })
}

/** By its token, or by its key and its id. */
function namedGrant(
  parts: Parts,
  { caller }: Call,
  { GrantToken, KeyId, GrantId }: InputOf<'RetireGrant'>,
): TokenGrant {
  if (GrantToken !== undefined && KeyId === undefined && GrantId === undefined) {
    const grant = openGrantToken(parts.root, GrantToken)
    if (grant.region !== caller.region) throw invalidGrantToken()
    return grant
  }
  if (GrantToken !== undefined || KeyId === undefined || GrantId === undefined) {
    throw invalid('Grant token OR (grant ID, key ID) must be specified')
  }
  checkGrantId(GrantId)
  return { ...parseKeyOnlyRef(KeyId, caller), grantId: GrantId }
}
