/**
 * Which material of a key a call used, as its record shows it: when the key has done its work, not before.
 *
 * Source: AWS KMS developer guide, "Logging AWS KMS API calls with AWS CloudTrail", additionalEventData.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import type { Lease } from '../keys/material.js'

export function showMaterial(call: Call, lease: Lease): void {
  const { keyMaterialId } = shownMaterial(lease)
  if (keyMaterialId !== undefined) call.showBeside({ keyMaterialId })
}

/** That of a key in a custom key store is named nowhere. */
export function shownMaterial({ key, materialId }: Lease): { readonly keyMaterialId?: string } {
  return key.external === undefined ? { keyMaterialId: materialId } : {}
}
