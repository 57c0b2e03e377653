/**
 * Whether a caller may do something with a key: the one place where the call, the key, its policy and its grants meet.
 *
 * Who may not use a key learns nothing of it: he is told what he would be told if it were not there. That is not much to
 * whom his own policies forbid to ask; to others, that there is no such key in their account, or that in another there is
 * none for them. Only to those whose own account has the key, and whose policies let them ask, the key's policy is named
 * as what denies. Who may is decided in policy/, what a grant allows in grants/decide.ts.
 *
 * @module
 */
import { arnOf, type Place } from '../../aws/arn.js'
import type { SealtrailError } from '../../errors.js'
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { Granted } from '../../policy/decide.js'
import type { Call } from '../../service/calls/call.js'
import { type AccessRequest, accessDenied, refusedFor } from '../../service/deciding/may.js'
import { principalOf } from '../../service/deciding/principal.js'
import { grantThatAllows, mayRetire, nearGrantOf } from '../grants/decide.js'
import type { GrantTerms } from '../grants/grant.js'
import { principalsOf } from '../grants/principals.js'
import { readAliases } from '../keys/aliases.js'
import type { CachedKey } from '../keys/material.js'
import { defaultPolicy, policyOf, policyOfText } from '../keys/policy.js'
import type { KeyRef } from '../keys/ref.js'
import type { Parts } from '../parts.js'
import { type KmsAsked, kmsFact } from './facts.js'

/** What is asked of a key, as policies and grants see it. */
export interface Wanted {
  /** As policies name it; the operation unless said. */
  readonly action?: string | undefined
  readonly context?: EncryptionContext | undefined
  readonly algorithm?: string | undefined
  /** Of ReEncrypt: both keys are one. */
  readonly isOnSameKey?: boolean | undefined
  /** What the grant that is to be made would allow. */
  readonly child?: GrantTerms | undefined
  /** The grant that is to be retired. */
  readonly retiredId?: string | undefined
}

/** Which key is meant: by a name of the caller's, or by a blob. */
export interface Meant {
  readonly ref: KeyRef
  readonly isOfBlob?: true
}

/**
 * What may be done with a key of another account, whatever its policy says. Source: AWS KMS API reference, "Cross-account
 * use" of each operation.
 */
const ACROSS_ACCOUNTS: ReadonlySet<string> = new Set([
  ...['Decrypt', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'],
  ...['ReEncryptFrom', 'ReEncryptTo', 'DescribeKey', 'GetKeyRotationStatus', 'GetPublicKey'],
  ...['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', 'DeriveSharedSecret'],
  ...['Sign', 'Verify', 'GenerateMac', 'VerifyMac'],
  ...['CreateGrant', 'ListGrants', 'RetireGrant', 'RevokeGrant'],
])
const RESOURCE_ALIASES = 'kms:resourcealiases'
const OF_BLOB = 'the resource associated with this ciphertext'

/** Of what concerns no key in particular. @throws SealtrailError `AccessDeniedException` */
export function mayInAccount(call: Call, asked: Omit<KmsAsked, 'call'> = {}): void {
  call.may({
    action: `kms:${call.operation}`,
    owner: call.caller.account,
    fact: (name) => kmsFact({ ...asked, call }, name),
  })
}

/** Ask after looking the key up. @throws SealtrailError `AccessDeniedException` */
export async function mayUse(
  parts: Parts,
  call: Call,
  meant: Meant,
  cached: CachedKey,
  wanted: Wanted,
): Promise<void> {
  const { key, grants } = cached
  const operation = wanted.action ?? call.operation
  if (key.account !== call.caller.account && !ACROSS_ACCOUNTS.has(operation)) {
    const request = { action: `kms:${operation}`, arn: key.arn }
    const because = 'no other account can be allowed to do this with a key'
    throw refusedFor(
      denialOfAbsent(call, meant, wanted, key.account)!,
      call.caller,
      request,
      because,
    )
  }
  const policy = policyOf(key)
  const looksAtAliases =
    policy.conditionKeys.has(RESOURCE_ALIASES) ||
    principalOf(call.caller)?.looksAt(RESOURCE_ALIASES) === true
  const aliases = looksAtAliases ? await aliasesOf(parts, key) : undefined
  const { alias } = meant.ref
  const { context, algorithm, isOnSameKey } = wanted
  // Nothing is spread here: that would cost more than the decision.
  const asked: KmsAsked = { call, key, alias, aliases, context, algorithm, isOnSameKey }
  call.may({
    action: `kms:${operation}`,
    owner: key.account,
    region: key.region,
    arn: key.arn,
    policy,
    tags: key.tags,
    subject: cached,
    what: meant.isOfBlob && OF_BLOB,
    fact: (name) => kmsFact(asked, name),
    grant: grants.size === 0 ? undefined : () => grantedTo(call, cached, operation, wanted),
    nearGrant: grants.size === 0 ? undefined : () => nearGrant(call, cached, operation),
    refusal: () => denialOfAbsent(call, meant, wanted, key.account),
  })
}

/** How whoever asks for a key that is not there is refused; undefined when he may know it. */
export function denialOfAbsent(
  call: Call,
  { ref, isOfBlob }: Meant,
  wanted: Wanted,
  owner = ref.account,
): SealtrailError | undefined {
  const { caller } = call
  const { alias, keyId } = ref
  const action = `kms:${wanted.action ?? call.operation}`
  const what = isOfBlob && OF_BLOB
  const request: AccessRequest = {
    ...{ action, owner: caller.account, what },
    arn: arnOf('kms', ref, alias ?? `key/${keyId}`),
    // As if its policy left all to the caller's own.
    policy: policyOfText(defaultPolicy(caller)),
    fact: (name) => kmsFact({ ...wanted, call, alias }, name),
  }
  const isOwn = owner === caller.account && isOfBlob === undefined
  return call.denial(request) ?? (isOwn ? undefined : accessDenied(caller, action, what))
}

function grantedTo(
  { caller }: Call,
  { grants }: CachedKey,
  operation: string,
  { context, child, retiredId }: Wanted,
): Granted | undefined {
  const principals = principalsOf(caller)
  const [self] = principals
  if (retiredId !== undefined) {
    const grant = grants.find(retiredId)
    if (grant === undefined || !mayRetire(grant, principals)) return undefined
    return { isDirect: grant.retirer === self || grant.grantee === self, dependsOnFacts: true }
  }
  const { sourceArn } = caller
  const request = { operation, principals, context, sourceArn, child }
  const grant = grantThatAllows(grants, request)
  if (grant === undefined) return undefined
  const dependsOnFacts = grant.constraints !== undefined || child !== undefined
  return { isDirect: grant.grantee === self, dependsOnFacts }
}

function nearGrant({ caller }: Call, { grants }: CachedKey, operation: string): string | undefined {
  return nearGrantOf(grants, { operation, principals: principalsOf(caller) })
}

async function aliasesOf(
  { store }: Parts,
  { keyId, ...place }: Place & { readonly keyId: string },
): Promise<string[]> {
  const aliases = await readAliases(store, place, { targetKeyId: keyId }, Number.MAX_SAFE_INTEGER)
  return aliases.map(({ name }) => name)
}
