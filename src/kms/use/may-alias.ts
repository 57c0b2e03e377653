/**
 * Whether a caller may change an alias: by his own policies for the alias, which has none, and for every key that it
 * stands for before or afterwards as for any use of a key.
 *
 * Source: AWS KMS developer guide, "Control access to aliases".
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import { type Alias, aliasArn } from '../keys/aliases.js'
import { type KmsKey, keyName } from '../keys/key.js'
import type { Parts } from '../parts.js'
import { kmsFact } from './facts.js'
import { mayUse } from './may-use.js'

export type AliasPlace = Pick<Alias, 'account' | 'region' | 'name'>

/** @throws SealtrailError `AccessDeniedException` */
export function mayNameAlias(call: Call, place: AliasPlace): void {
  call.may({
    action: `kms:${call.operation}`,
    owner: place.account,
    arn: aliasArn(place),
    fact: (name) => kmsFact({ call, alias: place.name }, name),
  })
}

/** The key that `alias` stands for, for whoever holds it. @throws SealtrailError `AccessDeniedException` */
export async function mayMoveAlias(
  parts: Parts,
  call: Call,
  alias: Alias,
): Promise<KmsKey | undefined> {
  const ref = targetOf(alias)
  const cached = await parts.keys.held(ref)
  if (cached !== undefined) await mayUse(parts, call, { ref }, cached, {})
  return cached?.key
}

/**
 * Tries until `attempt`, which holds `names`, finds the alias standing for the same key as was seen before it held
 * them: names are taken all at once, and which key is among them is known by looking only.
 */
export async function holdingTarget(
  parts: Parts,
  place: AliasPlace,
  attempt: (seen: Alias | undefined, names: readonly string[]) => Promise<boolean>,
): Promise<void> {
  let isDone = false
  while (!isDone) {
    const seen = await parts.aliases.find(place)
    isDone = await attempt(seen, seen === undefined ? [] : [keyName(targetOf(seen))])
  }
}

function targetOf({ account, region, targetKeyId }: Alias) {
  return { account, region, keyId: targetKeyId }
}
