/**
 * ReplicateKey, UpdatePrimaryRegion: one key in several regions.
 *
 * Related keys have one id and one key material, each wrapped under a shred of its own; imported material is imported into
 * each. What else they have in common
 * (rotation) is changed in all of them at once; policy, tags, aliases, grants and state are each its own. Nothing is
 * under way afterwards: the states Creating and Updating are not seen. Source: AWS KMS developer guide, "Multi-Region
 * keys in AWS KMS".
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Call } from '../../service/calls/call.js'
import {
  type KeyMetadata,
  type KmsKey,
  keyArn,
  keyMetadata,
  keyName,
  keyResource,
} from '../keys/key.js'
import type { CachedKey } from '../keys/material.js'
import { putMaterial } from '../keys/material-rows.js'
import { defaultPolicy } from '../keys/policy.js'
import { noSuchKey } from '../keys/ref.js'
import { putKey } from '../keys/rows.js'
import { checkKeyState } from '../keys/states.js'
import { type Tag, withTags } from '../keys/tags.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { recordOfRelated } from '../records.js'
import { unsupported } from '../refusals.js'
import { kmsFact } from '../use/facts.js'
import { changeRelated } from '../use/find-key.js'
import { mayUse } from '../use/may-use.js'
import { checkNewPolicy } from './key-policies.js'
import { descriptionOf, mayTag } from './keys.js'

/** More than AWS has regions; so that what is done to all of them fits into a commit. */
const REGIONS_MAX = 64

export interface ReplicateKeyOutput {
  readonly ReplicaKeyMetadata: KeyMetadata
  readonly ReplicaPolicy: string
  readonly ReplicaTags: readonly Tag[]
}

export async function replicateKey(
  parts: Parts,
  call: Call,
  input: InputOf<'ReplicateKey'>,
): Promise<ReplicateKeyOutput> {
  call.showDefault('bypassPolicyLockoutSafetyCheck', false)
  call.showDefault('description', '')
  const place = { account: call.caller.account, region: input.ReplicaRegion }
  const work = async (cached: CachedKey, others: readonly CachedKey[]) => {
    checkPrimary(cached.key)
    const regions = [cached, ...others].map(({ key }) => key.region)
    if (regions.includes(place.region)) {
      const { keyId } = cached.key
      const says = `Unable to replicate key ${keyId} to region ${place.region}, as the key already exists there.`
      throw new SealtrailError('AlreadyExistsException', says)
    }
    if (regions.length >= REGIONS_MAX) {
      const says = `A multi-Region key has at most ${REGIONS_MAX} related keys.`
      throw new SealtrailError('LimitExceededException', says)
    }
    const answer = await replicate(parts, call, cached, input, regions)
    return { next: [], answer }
  }
  // Its name is held with those of the others, though there is nothing yet.
  const name = keyName({ ...place, keyId: input.KeyId.slice(input.KeyId.lastIndexOf('/') + 1) })
  return await changeRelated(parts, call, input.KeyId, work, [name])
}

async function replicate(
  parts: Parts,
  call: Call,
  { key: primary, materials }: CachedKey,
  input: InputOf<'ReplicateKey'>,
  regions: readonly string[],
): Promise<ReplicateKeyOutput> {
  const { root, clock, keys } = parts
  const wanted = wantedReplica(primary, input, clock.now())
  mayMake(call, wanted)
  if (wanted.tags.length > 0) mayTag(call, wanted)
  const principals = input.Policy === undefined ? [] : checkNewPolicy(parts, call, wanted, input)
  const shredKey = root.newShredKey()
  try {
    const key: KmsKey = { ...wanted, principals, shredId: shredKey.id }
    const copies = materials.copyTo(shredKey, key)
    const ReplicaKeyMetadata = keyMetadata(key, copies, regions)
    const output = { ReplicaKeyMetadata, ReplicaPolicy: key.policy, ReplicaTags: key.tags }
    call.uses(keyResource(key))
    const put = copies.map((material) => putMaterial(root, key, material))
    await call.succeed([putKey(root, key), ...put], output, {
      shreds: [{ keep: shredKey.id, bytes: shredKey.bytes }],
      records: [recordOfRelated(call, 'CreateKey', key)],
    })
    keys.add(key, copies, new Map([[shredKey.id, shredKey.bytes]]))
    return output
  } finally {
    shredKey.release()
  }
}

function wantedReplica(
  primary: KmsKey,
  input: InputOf<'ReplicateKey'>,
  createdAt: number,
): Omit<KmsKey, 'shredId' | 'principals'> {
  const { shredId: _, principals: __, ...shared } = primary
  const place = { account: primary.account, region: input.ReplicaRegion }
  return {
    ...{ ...shared, ...place, createdAt, primaryRegion: primary.region },
    arn: keyArn(place, primary.keyId),
    keyState: primary.origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled',
    description: descriptionOf(input.Description ?? ''),
    policy: input.Policy ?? defaultPolicy(place),
    tags: withTags([], input.Tags ?? []),
  }
}

/** Who replicates a key makes one, which his own policies must allow. */
function mayMake(call: Call, key: Omit<KmsKey, 'shredId' | 'principals'>): void {
  const fact = (name: string) => kmsFact({ call, key }, name)
  call.may({ action: 'kms:CreateKey', owner: key.account, region: key.region, fact })
}

export async function updatePrimaryRegion(
  parts: Parts,
  call: Call,
  { KeyId, PrimaryRegion }: InputOf<'UpdatePrimaryRegion'>,
): Promise<void> {
  await changeRelated(parts, call, KeyId, async (cached, others) => {
    checkPrimary(cached.key)
    const heir = others.find(({ key }) => key.region === PrimaryRegion)
    if (heir === undefined) {
      const { account, keyId } = cached.key
      throw noSuchKey({ account, region: PrimaryRegion, keyId })
    }
    await mayUse(parts, call, { ref: heir.key }, heir, {})
    checkKeyState(call.operation, heir.key)
    const next = [cached, ...others].map(({ key }): KmsKey => {
      return { ...key, primaryRegion: key.region === PrimaryRegion ? undefined : PrimaryRegion }
    })
    const { rotation } = heir.key
    if (rotation !== undefined) parts.rotations.expect(rotation.at)
    call.showElements({ keyId: cached.key.arn })
    const records = [recordOfRelated(call, call.operation, heir.key)]
    const changes = next.map((key) => putKey(parts.root, key))
    await call.succeed(changes, undefined, { records })
    return { next, answer: undefined }
  })
}

function checkPrimary({ arn, multiRegion, primaryRegion }: KmsKey): void {
  if (!multiRegion) throw unsupported(`${arn} is not a multi-Region key.`)
  if (primaryRegion !== undefined) throw unsupported(`${arn} is not a multi-Region primary key.`)
}
