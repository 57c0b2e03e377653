/**
 * Which material of a key a call used, as its record and its answer show it: when the key has done its work, not before.
 *
 * Source: AWS KMS developer guide, "Logging AWS KMS API calls with AWS CloudTrail", additionalEventData.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import type { LeaseOf } from '../keys/material.js'
import { SYMMETRIC } from '../specs/key-specs.js'

type Used = Pick<LeaseOf<unknown>, 'key' | 'materialId'>

export function showMaterial(call: Call, lease: Used): void {
  const { keyMaterialId } = shownMaterial(lease)
  if (keyMaterialId !== undefined) call.showBeside({ keyMaterialId })
}

/** That of symmetric keys alone, and of none in a custom key store. */
export function shownMaterial({ key, materialId }: Used): { readonly keyMaterialId?: string } {
  const isShown = key.keySpec === SYMMETRIC && key.external === undefined
  return isShown ? { keyMaterialId: materialId } : {}
}

/** Of ReEncrypt, as its answer names them. */
export function showMaterials(
  call: Call,
  {
    SourceKeyMaterialId: source,
    DestinationKeyMaterialId: target,
  }: { readonly SourceKeyMaterialId?: string; readonly DestinationKeyMaterialId?: string },
): void {
  if (source === undefined && target === undefined) return
  call.showBeside({
    ...(source !== undefined && { sourceKeyMaterialId: source }),
    ...(target !== undefined && { destinationKeyMaterialId: target }),
  })
}
