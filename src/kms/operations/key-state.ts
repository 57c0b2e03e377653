/**
 * EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion: the ways from one key state to another.
 *
 *     Enabled <-> Disabled          EnableKey, DisableKey
 *        |           ^ |            PendingImport: of imported material, see keys/imported.ts
 *        v           | v            ScheduleKeyDeletion, CancelKeyDeletion
 *        PendingDeletion ----> gone, when the waiting period is over (keys/keys.ts)
 *        ^ PendingReplicaDeletion, of a primary key as long as it has replicas
 *
 * What each state allows is in keys/states.ts.
 *
 * @module
 */

import { checkRange } from '../../aws/constraints.js'
import type { Call } from '../../service/calls/call.js'
import { stateWith } from '../keys/imported.js'
import type { KmsKey } from '../keys/key.js'
import { DAY_MS } from '../keys/rotation.js'
import { putKey } from '../keys/rows.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { changeKey, changeRelated } from '../use/find-key.js'

export interface ScheduleKeyDeletionOutput {
  readonly KeyId: string
  readonly DeletionDate?: Date
  readonly KeyState: 'PendingDeletion' | 'PendingReplicaDeletion'
  readonly PendingWindowInDays: number
}

export interface CancelKeyDeletionOutput {
  readonly KeyId: string
}

const WINDOW_DAYS = { min: 7, usual: 30, max: 30 }

export async function enableKey(
  parts: Parts,
  call: Call,
  input: InputOf<'EnableKey'>,
): Promise<void> {
  await changeState(parts, call, input.KeyId, 'Enabled')
}

export async function disableKey(
  parts: Parts,
  call: Call,
  input: InputOf<'DisableKey'>,
): Promise<void> {
  await changeState(parts, call, input.KeyId, 'Disabled')
}

export async function scheduleKeyDeletion(
  parts: Parts,
  call: Call,
  input: InputOf<'ScheduleKeyDeletion'>,
): Promise<ScheduleKeyDeletionOutput> {
  const days = input.PendingWindowInDays ?? WINDOW_DAYS.usual
  checkRange('PendingWindowInDays', days, WINDOW_DAYS.min, WINDOW_DAYS.max)
  call.showDefault('pendingWindowInDays', days)
  return await changeRelated(parts, call, input.KeyId, async ({ key }, others) => {
    const isBehind = others.some((other) => other.key.primaryRegion === key.region)
    const now = parts.clock.now()
    const next = isBehind ? behindReplicas(key, days) : dueAfter(key, now, days)
    const { keyState, deletionAt } = next
    const output = {
      ...{ KeyId: key.arn, KeyState: keyState, PendingWindowInDays: days },
      ...(deletionAt !== undefined && { DeletionDate: new Date(deletionAt) }),
    }
    await call.succeed([putKey(parts.root, next), parts.seenTime.kept()], output)
    if (deletionAt !== undefined) parts.keys.expectDeletion(deletionAt)
    return { next: [next], answer: output }
  })
}

function dueAfter(key: KmsKey, now: number, days: number) {
  return { ...key, keyState: 'PendingDeletion' as const, deletionAt: now + days * DAY_MS }
}

/** A primary goes behind its replicas: its waiting period begins when the last of them is gone (keys/keys.ts). */
function behindReplicas(key: KmsKey, days: number) {
  const keyState = 'PendingReplicaDeletion' as const
  return { ...key, keyState, deletionDays: days, deletionAt: undefined }
}

/** The key comes back disabled, as AWS has it; or without its imported material, if that went meanwhile. */
export async function cancelKeyDeletion(
  parts: Parts,
  call: Call,
  input: InputOf<'CancelKeyDeletion'>,
): Promise<CancelKeyDeletionOutput> {
  return await changeRelated(parts, call, input.KeyId, async ({ key, materials }) => {
    const back = { deletionAt: undefined, deletionDays: undefined }
    const disabled: KmsKey = { ...key, keyState: 'Disabled', ...back }
    const next = { ...disabled, keyState: stateWith(disabled, materials.all) }
    const output = { KeyId: key.arn }
    await call.succeed([putKey(parts.root, next)], output)
    return { next: [next], answer: output }
  })
}

async function changeState(
  parts: Parts,
  call: Call,
  keyId: string,
  keyState: 'Enabled' | 'Disabled',
): Promise<void> {
  await changeKey(parts, call, keyId, async (key) => {
    const next: KmsKey = { ...key, keyState }
    await call.succeed([putKey(parts.root, next)])
    // It may have been due while the key was disabled.
    if (keyState === 'Enabled' && key.rotation !== undefined)
      parts.rotations.expect(key.rotation.at)
    return { next, answer: undefined }
  })
}
