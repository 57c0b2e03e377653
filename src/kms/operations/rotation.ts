/**
 * EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations.
 *
 * What is asked for is done at once: there is no rotation in progress. What comes by itself is keys/automatic-rotation.ts.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Call } from '../../service/calls/call.js'
import { openPage, type PageOutput } from '../../service/page.js'
import { rotateImported } from '../imports/rotation.js'

import {
  type ImportedEntry,
  importedEntry,
  isWaitingIn,
  stateOfMaterial,
} from '../keys/imported.js'
import type { KmsKey } from '../keys/key.js'
import type { CachedKey } from '../keys/material.js'
import type { KeyMaterial } from '../keys/material-rows.js'
import { ROTATION_DAYS, rotate, rotationFrom } from '../keys/rotation.js'
import { putKey, readRelated } from '../keys/rows.js'
import type { InputOf, ShapeValue } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { recordsOfRotation } from '../records.js'
import { refuseOrigin, unsupported } from '../refusals.js'
import { SYMMETRIC } from '../specs/key-specs.js'
import { changeRelated, lookAtKey } from '../use/find-key.js'

export interface KeyRotationStatusOutput {
  /** The key's ARN. */
  readonly KeyId: string
  readonly KeyRotationEnabled: boolean
  readonly RotationPeriodInDays?: number
  readonly NextRotationDate?: Date
}

export interface RotationsListEntry extends Partial<ImportedEntry> {
  readonly KeyId: string
  readonly KeyMaterialId: string
  readonly KeyMaterialState: ShapeValue<'KeyMaterialState'>
  readonly RotationDate?: Date
  readonly RotationType?: ShapeValue<'RotationType'>
}

export interface ListKeyRotationsOutput extends PageOutput {
  readonly Rotations: readonly RotationsListEntry[]
}

const ON_DEMAND_MAX = 25
/** So near to an automatic one no other is begun. */
const AUTOMATIC_NEAR_MS = 20 * 60 * 1000
const LIST_LIMITS = { usual: 100, max: 1000 }

export async function enableKeyRotation(
  parts: Parts,
  call: Call,
  { KeyId, RotationPeriodInDays: days = ROTATION_DAYS }: InputOf<'EnableKeyRotation'>,
): Promise<void> {
  await setRotation(parts, call, KeyId, rotationFrom(parts.clock.now(), days))
}

export async function disableKeyRotation(
  parts: Parts,
  call: Call,
  { KeyId }: InputOf<'DisableKeyRotation'>,
): Promise<void> {
  await setRotation(parts, call, KeyId, undefined)
}

async function setRotation(
  parts: Parts,
  call: Call,
  keyId: string,
  rotation: KmsKey['rotation'],
): Promise<void> {
  await changeRelated(parts, call, keyId, async ({ key }, others) => {
    if (key.origin === 'EXTERNAL') throw refuseOrigin(key)
    checkRotates(key)
    const next = [key, ...others.map((other) => other.key)].map((one) => ({ ...one, rotation }))
    const changes = next.map((one) => putKey(parts.root, one))
    await call.succeed([...changes, parts.seenTime.kept()])
    if (rotation !== undefined) parts.rotations.expect(rotation.at)
    return { next, answer: undefined }
  })
}

/** Symmetric keys are rotated: replicas with their primary, whose material they have, external keys by whoever has them. */
function checkRotates({ arn, keySpec, primaryRegion, external }: KmsKey): void {
  // AWS says no more than this.
  if (keySpec !== SYMMETRIC) throw unsupported('')
  if (external !== undefined) {
    throw unsupported(`${arn} is in a custom key store: its key material is not rotated here.`)
  }
  if (primaryRegion === undefined) return
  const says = `${arn} is a replica: its rotation is that of its primary key in ${primaryRegion}.`
  throw unsupported(says)
}

export async function getKeyRotationStatus(
  parts: Parts,
  call: Call,
  { KeyId }: InputOf<'GetKeyRotationStatus'>,
): Promise<KeyRotationStatusOutput> {
  const { key } = await lookAtKey(parts, call, KeyId)
  await call.succeed()
  // What is to be deleted is not rotated; when it comes back, it is as before.
  const rotation = key.keyState === 'PendingDeletion' ? undefined : key.rotation
  return {
    ...{ KeyId: key.arn, KeyRotationEnabled: rotation !== undefined },
    ...(rotation !== undefined && {
      ...{ RotationPeriodInDays: rotation.days, NextRotationDate: new Date(rotation.at) },
    }),
  }
}

export async function rotateKeyOnDemand(
  parts: Parts,
  call: Call,
  { KeyId }: InputOf<'RotateKeyOnDemand'>,
): Promise<{ readonly KeyId: string }> {
  return await changeRelated(parts, call, KeyId, async (cached, others) => {
    const { key, materials } = cached
    checkRotates(key)
    const now = parts.clock.now()
    checkTimes(key, materials.all, parts.seenTime.now())
    const related = [cached, ...others]
    const { changes, settle, ...changed } =
      key.origin === 'EXTERNAL'
        ? rotateImported(parts.root, related, now)
        : rotate(parts, related, { type: 'ON_DEMAND', now })
    const answer = { KeyId: key.keyId }
    const records = recordsOfRotation(now, changed.next, 'ON_DEMAND')
    await call.succeed(changes, answer, { records })
    settle()
    return { ...changed, answer }
  })
}

function checkTimes({ arn, rotation }: KmsKey, materials: readonly KeyMaterial[], now: number) {
  const isNear = rotation !== undefined && rotation.at - now <= AUTOMATIC_NEAR_MS
  if (isNear) {
    const says = `An automatic rotation of ${arn} is in progress or scheduled to begin within the next 20 minutes.`
    throw new SealtrailError('ConflictException', says)
  }
  const onDemand = materials.filter(({ rotation }) => rotation === 'ON_DEMAND')
  if (onDemand.length >= ON_DEMAND_MAX) {
    const says =
      'The on-demand rotations limit has been reached for the given keyId. ' +
      `No more on-demand rotations can be performed for this key: ${arn}`
    throw new SealtrailError('LimitExceededException', says)
  }
}

export async function listKeyRotations(
  parts: Parts,
  call: Call,
  input: InputOf<'ListKeyRotations'>,
): Promise<ListKeyRotationsOutput> {
  const page = openPage('rotations', /^\d{1,9}$/, input, LIST_LIMITS)
  const cached = await lookAtKey(parts, call, input.KeyId)
  const { key, materials } = cached
  // Other material than that of symmetric keys has no id that is shown.
  const isAll = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL' && key.keySpec === SYMMETRIC
  const listed = materials.all
    .filter(({ version, rotation }) => {
      return version > Number(page.after ?? 0) && (isAll || rotation !== undefined)
    })
    .slice(0, page.rows)
  const [items, rest] = page.cut(listed, ({ version }) => String(version))
  const isEverywhere = await isWaitingEverywhere(parts, cached)
  await call.succeed()
  return { Rotations: items.map((one) => entryOf(cached.key, one, isEverywhere)), ...rest }
}

/** Whether what waits for a rotation has been imported in all regions; true where nothing waits. */
async function isWaitingEverywhere(
  { store, keys }: Parts,
  { key, materials }: CachedKey,
): Promise<boolean> {
  if (materials.all.every(({ version }) => version <= key.currentMaterial)) return true
  for (const region of await readRelated(store, key)) {
    const other = await keys.find({ ...key, region })
    if (other !== undefined && !isWaitingIn(other.key, other.materials.all)) return false
  }
  return true
}

function entryOf(key: KmsKey, material: KeyMaterial, isEverywhere: boolean): RotationsListEntry {
  const { rotation } = material
  return {
    KeyId: key.keyId,
    KeyMaterialId: material.materialId,
    KeyMaterialState: stateOfMaterial(key, material, isEverywhere),
    ...importedEntry(material),
    ...(rotation !== undefined && {
      ...{ RotationDate: new Date(material.createdAt), RotationType: rotation },
    }),
  }
}
