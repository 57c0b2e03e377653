/**
 * The way of every operation that changes one user, role or group.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import { type EntityInput, entityIn } from '../lookup.js'
import type { Parts } from '../parts.js'
import type { Account } from '../principals/account.js'
import type { Entity } from '../principals/things.js'

export async function changeEntity(
  { principals }: Parts,
  call: Call,
  input: EntityInput,
  changed: (entity: Entity, account: Account) => Entity,
): Promise<void> {
  await principals.change(call.caller.account, async (account) => {
    const entity = entityIn(call, account, input)
    await principals.save(call, [{ put: changed(entity, account) }])
  })
}

/** A user, role or group that is looked at, and its account. */
export function lookAtEntity({ principals }: Parts, call: Call, input: EntityInput) {
  const account = principals.account(call.caller.account)
  return { account, entity: entityIn(call, account, input) }
}
