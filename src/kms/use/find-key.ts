/**
 * The way to a key: what a caller's KeyId names, whether he may, and whether it is there.
 *
 * Always in this order, so that who may not use a key learns nothing of it, not even whether it exists. Using its
 * material is use-key.ts.
 *
 * @module
 */

import type { Place } from '../../aws/arn.js'
import { isSealtrailError } from '../../errors.js'
import type { Call } from '../../service/calls/call.js'
import type { Changed } from '../../store/keep/kept.js'
import type { KeyGrants } from '../grants/key-grants.js'
import type { KmsKey } from '../keys/key.js'
import { keyResource } from '../keys/key.js'
import type { ChangedRelated } from '../keys/keys.js'
import type { CachedKey } from '../keys/material.js'
import { type KeyRef, noSuchKey, parseKeyOnlyRef, parseKeyRef } from '../keys/ref.js'
import type { Parts } from '../parts.js'
import { checkState } from './key-state.js'
import { denialOfAbsent, mayUse, type Wanted } from './may-use.js'

const NOTHING_MORE: Wanted = {}

/**
 * The key that `given` names in any of the four forms, which the caller may use as wanted. Its state has not been
 * looked at.
 * @throws SealtrailError `NotFoundException`, `AccessDeniedException`.
 */
export async function findKey(
  parts: Parts,
  call: Call,
  given: string,
  wanted: Wanted = NOTHING_MORE,
): Promise<CachedKey> {
  const ref = parseKeyRef(given, call.caller)
  return await found(parts, call, ref, await lookUp(parts, ref), wanted)
}

/**
 * The key that `given` names, by id or ARN, as it is now: for operations that show something of it.
 * @throws SealtrailError `NotFoundException`, `AccessDeniedException`, and as the key's state says.
 */
export async function lookAtKey(parts: Parts, call: Call, given: string): Promise<CachedKey> {
  const ref = parseKeyOnlyRef(given, call.caller)
  const cached = await found(parts, call, ref, await lookUp(parts, ref))
  checkState(parts, call, cached.key)
  return cached
}

/**
 * Runs `work` on the key that `given` names, by id or ARN, while nobody else changes it. `work` commits, and says
 * what the key is from then on.
 * @param names what else must not change meanwhile.
 * @throws SealtrailError `NotFoundException`, `AccessDeniedException`, and as the key's state says.
 */
export async function changeKey<Answer>(
  parts: Parts,
  call: Call,
  given: string,
  work: (key: KmsKey) => Promise<Changed<KmsKey, Answer>>,
  names: readonly string[] = [],
): Promise<Answer> {
  const ref = parseKeyOnlyRef(given, call.caller)
  return await parts.keys.change(
    ref,
    async (cached) => {
      const { key } = await found(parts, call, ref, cached)
      checkState(parts, call, key)
      return await work(key)
    },
    names,
  )
}

/**
 * As {@link changeKey}, of a key and of those that are related to it in other regions.
 * @throws SealtrailError `NotFoundException`, `AccessDeniedException`, and as the key's state says.
 */
export async function changeRelated<Answer>(
  parts: Parts,
  call: Call,
  given: string,
  work: (cached: CachedKey, others: readonly CachedKey[]) => Promise<ChangedRelated<Answer>>,
  names: readonly string[] = [],
): Promise<Answer> {
  const ref = parseKeyOnlyRef(given, call.caller)
  return await parts.keys.changeRelated(
    ref,
    async (cached, others) => {
      const self = await found(parts, call, ref, cached)
      checkState(parts, call, self.key)
      return await work(self, others)
    },
    names,
  )
}

/**
 * As {@link changeKey}, of the grants on the key that `ref` names.
 * @throws SealtrailError `NotFoundException`, `AccessDeniedException`, and as the key's state says.
 */
export async function changeGrants<Answer>(
  parts: Parts,
  call: Call,
  ref: Place & { readonly keyId: string },
  wanted: Wanted,
  work: (key: KmsKey, grants: KeyGrants) => Promise<Changed<KeyGrants, Answer>>,
): Promise<Answer> {
  return await parts.keys.changeGrants(ref, async (cached) => {
    const { key, grants } = await found(parts, call, ref, cached, wanted)
    checkState(parts, call, key)
    return await work(key, grants)
  })
}

/** What was looked up under `ref`, for whoever may; the record names it. */
async function found(
  parts: Parts,
  call: Call,
  ref: KeyRef,
  cached: CachedKey | undefined,
  wanted: Wanted = NOTHING_MORE,
): Promise<CachedKey> {
  if (cached === undefined) throw denialOfAbsent(call, { ref }, wanted) ?? noSuchKey(ref)
  await mayUse(parts, call, { ref }, cached, wanted)
  call.uses(keyResource(cached.key))
  return cached
}

function lookUp(parts: Parts, ref: KeyRef): Promise<CachedKey | undefined> {
  return ref.keyId === undefined ? lookUpAlias(parts, ref) : parts.keys.find(ref)
}

async function lookUpAlias(
  { aliases, keys }: Parts,
  { account, region, alias: name }: Extract<KeyRef, { readonly alias: string }>,
): Promise<CachedKey | undefined> {
  const alias = await aliases.find({ account, region, name })
  return alias && (await keys.find({ account, region, keyId: alias.targetKeyId }))
}

/** The key that `given` names, before anybody was asked; undefined when it names none. */
export async function keyNamed(
  parts: Parts,
  place: Place,
  given: string,
): Promise<CachedKey | undefined> {
  try {
    return await lookUp(parts, parseKeyRef(given, place))
  } catch (error) {
    if (isSealtrailError(error, 'NotFoundException')) return undefined
    throw error
  }
}
