/**
 * The way to a key: what a caller's KeyId names, whether he may, and whether it is there.
 *
 * Always in this order, so that who may not use a key learns nothing of it, not even whether it exists. Using its
 * material is use-key.ts.
 *
 * @module
 */

import type { Call } from '../../service/call.js'
import type { Changed } from '../../store/keep/kept.js'
import type { KmsKey } from '../keys/key.js'
import { keyResource } from '../keys/key.js'
import type { CachedKey } from '../keys/material.js'
import { type KeyRef, noSuchKey, parseKeyOnlyRef, parseKeyRef } from '../keys/ref.js'
import { checkKeyState } from '../keys/states.js'
import type { Parts } from '../parts.js'

/**
 * The key that `given` names in any of the four forms, which the caller may use for `action`. Its state has not been
 * looked at.
 * @throws SealtrailError `NotFoundException`, `AccessDeniedException`.
 */
export async function findKey(
  parts: Parts,
  call: Call,
  given: string,
  action: string = call.operation,
): Promise<CachedKey> {
  const ref = parseKeyRef(given, call.caller)
  return found(call, ref, await lookUp(parts, ref), action)
}

/**
 * The key that `given` names, by id or ARN, as it is now: for operations that show something of it.
 * @throws SealtrailError `NotFoundException`, `AccessDeniedException`, and as the key's state says.
 */
export async function lookAtKey(parts: Parts, call: Call, given: string): Promise<KmsKey> {
  const ref = parseKeyOnlyRef(given, call.caller)
  const { key } = found(call, ref, await lookUp(parts, ref))
  checkKeyState(call.operation, key)
  return key
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
      const { key } = found(call, ref, cached)
      checkKeyState(call.operation, key)
      return await work(key)
    },
    names,
  )
}

/** What was looked up under `ref`, for whoever may; the record names it. */
function found(
  call: Call,
  ref: KeyRef,
  cached: CachedKey | undefined,
  action: string = call.operation,
): CachedKey {
  call.may({ action: `kms:${action}`, owner: ref.account })
  if (cached === undefined) throw noSuchKey(ref)
  call.uses(keyResource(cached.key))
  return cached
}

async function lookUp(parts: Parts, ref: KeyRef): Promise<CachedKey | undefined> {
  const { account, region } = ref
  if (ref.keyId !== undefined) return await parts.keys.find(ref)
  const alias = await parts.aliases.find({ account, region, name: ref.alias })
  return alias && (await parts.keys.find({ account, region, keyId: alias.targetKeyId }))
}
