/**
 * KMS keys of a seed, with their aliases and grants: held against those that are there, or planned.
 *
 * What the seed says of a key that is there must be so. Aliases and grants are things of their own: others than the
 * seed's may be there. A policy comes last, as it may shut out the account's root, in whose name a seed works.
 *
 * @module
 */

import type { Grant } from '../kms/grants/grant.js'
import { isService } from '../kms/grants/principals.js'
import { readGrants } from '../kms/grants/rows.js'
import { readAliases } from '../kms/keys/aliases.js'
import { isMultiRegion, type KmsKey } from '../kms/keys/key.js'
import { readKeyMaterial } from '../kms/keys/material.js'
import { readKey, readRelated } from '../kms/keys/rows.js'
import { SYMMETRIC } from '../kms/specs/key-specs.js'
import { Differences } from './differences.js'
import { importMaterial, isSameMaterial } from './material.js'
import type { Plan } from './plan.js'
import type { SeedGrant, SeedKey } from './schema.js'

export async function planKey(plan: Plan, seed: SeedKey, place: string): Promise<void> {
  const { store, root } = plan.draft.parts
  const there = await readKey(store, root, seed)
  const elsewhere = there === undefined ? await readRelated(store, seed) : []
  if (elsewhere.length > 0) {
    const says = `a replica of the key in ${elsewhere.join(', ')} is made by ReplicateKey`
    plan.differences.add(`${place}.keyId`, says)
  }
  if (there === undefined) planNewKey(plan, seed, place)
  else await compareKey(plan, there, seed, place)
  await planAliases(plan, seed, place)
  await planGrants(plan, seed, place)
  if (there === undefined) planEnd(plan, seed, place)
}

function planNewKey(plan: Plan, seed: SeedKey, place: string): void {
  const { keyId, material: text, description, tags } = seed
  const input = {
    Description: description,
    MultiRegion: isMultiRegion(keyId),
    Tags: tags && Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
  }
  plan.add(place, async (draft) => {
    const engine = draft.parts.engines.small
    const material = text === undefined ? undefined : importMaterial(engine, text)
    try {
      await draft.key(seed, { keyId, material }, input)
    } finally {
      material?.release()
    }
  })
}

/** What would be in the way of aliases and grants. */
function planEnd(plan: Plan, seed: SeedKey, place: string): void {
  const { keyId: KeyId, keyState, policy } = seed
  if (keyState !== undefined && keyState !== 'Enabled') {
    const operation = keyState === 'Disabled' ? 'DisableKey' : 'ScheduleKeyDeletion'
    plan.add(`${place}.keyState`, (draft) => draft.kms(seed, operation, { KeyId }))
  }
  if (policy === undefined) return
  const input = { KeyId, Policy: JSON.stringify(policy), BypassPolicyLockoutSafetyCheck: true }
  plan.add(`${place}.policy`, (draft) => draft.kms(seed, 'PutKeyPolicy', input))
}

async function compareKey(plan: Plan, key: KmsKey, seed: SeedKey, place: string): Promise<void> {
  const { material, aliases: _, grants: __, account: ___, region: ____, ...says } = seed
  const { keyId, description, keyState } = key
  const tags = Object.fromEntries(key.tags.map(({ TagKey, TagValue }) => [TagKey, TagValue]))
  const is = { keyId, description, keyState, tags, policy: JSON.parse(key.policy) }
  plan.differences.compareMembers(place, is, says)
  if (material !== undefined && !(await hasMaterial(plan, key, material))) {
    plan.differences.add(`${place}.material`, 'differs')
  }
}

async function hasMaterial({ draft }: Plan, key: KmsKey, text: string): Promise<boolean> {
  if (key.keySpec !== SYMMETRIC) return false
  const { store, root, engines } = draft.parts
  const { materials } = await readKeyMaterial(store, root, key)
  const given = importMaterial(engines.small, text)
  try {
    const lease = materials.use(key.currentMaterial)
    // Imported material may have gone, or not have come yet.
    if (lease === undefined) return false
    const isSame = isSameMaterial(engines.small, lease.handle, given)
    lease.release()
    return isSame
  } finally {
    given.release()
    materials.drop()
  }
}

async function planAliases(plan: Plan, seed: SeedKey, place: string): Promise<void> {
  const { keyId: TargetKeyId, aliases = [] } = seed
  for (const [index, AliasName] of aliases.entries()) {
    const at = `${place}.aliases[${index}]`
    const [there] = await readAliases(plan.draft.parts.store, seed, { name: AliasName }, 1)
    if (there === undefined) {
      plan.add(at, (draft) => draft.kms(seed, 'CreateAlias', { AliasName, TargetKeyId }))
    } else {
      plan.differences.compare(`${at}, the key it stands for`, there.targetKeyId, TargetKeyId)
    }
  }
}

async function planGrants(plan: Plan, seed: SeedKey, place: string): Promise<void> {
  const { grants = [] } = seed
  if (grants.length === 0) return
  const there = await readGrants(plan.draft.parts.store, plan.draft.parts.root, seed)
  for (const [index, says] of grants.entries()) {
    const at = `${place}.grants[${index}]`
    const ofName = there.filter(({ name }) => name === says.name).map(viewOf)
    const [first] = ofName
    if (first === undefined) {
      plan.add(at, (draft) => draft.kms(seed, 'CreateGrant', inputOf(seed, says)))
    } else if (!ofName.some((is) => isEqual(is, normal(says)))) {
      plan.differences.compare(at, first, normal(says))
    }
  }
}

function isEqual(is: SeedGrant, says: SeedGrant): boolean {
  const differences = new Differences()
  differences.compare('', is, says)
  return differences.isEmpty
}

/** In the form of a seed, in which the order of operations says nothing. */
function viewOf({ name, grantee, retirer, operations, constraints }: Grant): SeedGrant {
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = constraints ?? {}
  return normal({
    name: name!,
    granteePrincipal: grantee,
    ...(retirer !== undefined && { retiringPrincipal: retirer }),
    operations: operations as SeedGrant['operations'],
    constraints: {
      ...(EncryptionContextEquals && { encryptionContextEquals: EncryptionContextEquals }),
      ...(EncryptionContextSubset && { encryptionContextSubset: EncryptionContextSubset }),
      ...(SourceArn !== undefined && { sourceArn: SourceArn }),
    },
  })
}

function normal({ operations, constraints = {}, ...grant }: SeedGrant): SeedGrant {
  return { ...grant, operations: operations.toSorted(), constraints }
}

function inputOf({ keyId }: SeedKey, grant: SeedGrant): object {
  const { name, granteePrincipal, retiringPrincipal, operations, constraints } = grant
  const { encryptionContextEquals, encryptionContextSubset, sourceArn } = constraints ?? {}
  const member = (role: string, who: string) =>
    isService(who) ? { [`${role}ServicePrincipal`]: who } : { [`${role}Principal`]: who }
  return {
    KeyId: keyId,
    Name: name,
    ...member('Grantee', granteePrincipal),
    ...(retiringPrincipal === undefined ? {} : member('Retiring', retiringPrincipal)),
    Operations: operations,
    Constraints: constraints && {
      EncryptionContextEquals: encryptionContextEquals,
      EncryptionContextSubset: encryptionContextSubset,
      SourceArn: sourceArn,
    },
  }
}
