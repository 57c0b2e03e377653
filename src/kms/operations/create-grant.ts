/**
 * CreateGrant.
 *
 * What a grant allows is in grants/decide.ts. A grant with a name is made once: who asks again for the same is given the
 * same grant, and a new token.
 *
 * @module
 */
import { missingMember } from '../../aws/constraints.js'
import { randomText } from '../../bytes/random.js'
import { SealtrailError } from '../../errors.js'
import type { Call } from '../../service/calls/call.js'
import { checkConstraints, constraintsText } from '../grants/constraints.js'
import { GRANTS_MAX, type Grant } from '../grants/grant.js'
import type { KeyGrants } from '../grants/key-grants.js'
import { accountOfPrincipal, isService, noSuchPrincipal } from '../grants/principals.js'
import { putGrant } from '../grants/rows.js'
import { checkTerms } from '../grants/terms.js'
import { checkGrantTokens, grantToken } from '../grants/tokens.js'
import { parseKeyOnlyRef } from '../keys/ref.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { dryRun, invalid } from '../refusals.js'
import { changeGrants } from '../use/find-key.js'

export interface CreateGrantOutput {
  readonly GrantToken: string
  readonly GrantId: string
}

/** What the caller says of a grant. */
type Given = Pick<Grant, 'name' | 'grantee' | 'retirer' | 'operations' | 'constraints'>

export async function createGrant(
  parts: Parts,
  call: Call,
  input: InputOf<'CreateGrant'>,
): Promise<CreateGrantOutput> {
  const { root } = parts
  const given = givenGrant(input, call.caller.region)
  checkGrantTokens(root, input.GrantTokens)
  const ref = parseKeyOnlyRef(input.KeyId, call.caller)
  return await changeGrants(parts, call, ref, { child: given }, async (key, grants) => {
    checkTerms(given, key)
    checkPrincipals(parts, given)
    const before = sameGrant(grants, given)
    if (before === undefined && grants.size >= GRANTS_MAX) {
      const says = `The quota of ${GRANTS_MAX} grants for key ${key.arn} is exceeded.`
      throw new SealtrailError('LimitExceededException', says)
    }
    if (input.DryRun) throw dryRun()
    const { account, region, keyId } = key
    const grant = before ?? {
      ...{ account, region, keyId, ...given },
      grantId: randomText('0123456789abcdef', 64),
      createdAt: parts.clock.now(),
      issuer: call.caller.account,
    }
    const output = { GrantToken: grantToken(root, grant), GrantId: grant.grantId }
    call.showElements({ keyId: key.arn })
    await call.succeed(before === undefined ? [putGrant(root, grant)] : [], output)
    return { next: before === undefined ? grants.with(grant) : grants, answer: output }
  })
}

/** @throws SealtrailError `ValidationException`, `InvalidArnException`. */
function givenGrant(input: InputOf<'CreateGrant'>, region: string): Given {
  const { GranteePrincipal, GranteeServicePrincipal, Constraints: constraints, Name: name } = input
  const { RetiringPrincipal, RetiringServicePrincipal } = input
  if (GranteePrincipal !== undefined && GranteeServicePrincipal !== undefined) {
    throw invalid('You can specify either GranteePrincipal or GranteeServicePrincipal, not both.')
  }
  if (RetiringPrincipal !== undefined && RetiringServicePrincipal !== undefined) {
    throw invalid('You can specify either RetiringPrincipal or RetiringServicePrincipal, not both.')
  }
  const grantee = GranteePrincipal ?? GranteeServicePrincipal
  const retirer = RetiringPrincipal ?? RetiringServicePrincipal
  if (grantee === undefined) throw missingMember('GranteePrincipal')
  if (GranteePrincipal !== undefined) accountOfPrincipal(GranteePrincipal, region)
  if (RetiringPrincipal !== undefined) accountOfPrincipal(RetiringPrincipal, region)
  if (GranteeServicePrincipal !== undefined) {
    if (constraints?.SourceArn === undefined) {
      throw invalid('A grant to a service principal must have a SourceArn grant constraint.')
    }
    if (retirer === undefined) {
      throw invalid('A grant to a service principal must have a retiring principal.')
    }
  }
  if (constraints !== undefined) checkConstraints(constraints)
  const operations = [...new Set(input.Operations)]
  if (operations.length === 0) throw invalid('Operations must have at least one grant operation.')
  return { name, grantee, retirer, operations, constraints }
}

/** Whoever is a user or role of an account that is known here must be there. @throws SealtrailError `InvalidArnException` */
function checkPrincipals({ principals }: Parts, { grantee, retirer = grantee }: Given): void {
  const nobody = [grantee, retirer].find((name) => !isService(name) && !principals.isThere(name))
  if (nobody !== undefined) throw noSuchPrincipal(nobody)
}

/** The grant that was made with the same name and the same in all else. */
function sameGrant({ all }: KeyGrants, given: Given): Grant | undefined {
  if (given.name === undefined) return undefined
  const operations = [...given.operations].sort().join()
  const constraints = constraintsText(given.constraints)
  return all.find(
    (grant) =>
      grant.name === given.name &&
      grant.grantee === given.grantee &&
      grant.retirer === given.retirer &&
      [...grant.operations].sort().join() === operations &&
      constraintsText(grant.constraints) === constraints,
  )
}
