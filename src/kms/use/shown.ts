/**
 * Which material of a key a call used, as its record shows it: when the key has done its work, not before.
 *
 * Source: AWS KMS developer guide, "Logging AWS KMS API calls with AWS CloudTrail", additionalEventData.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import type { Lease } from '../keys/material.js'

export function showMaterial(call: Call, { materialId }: Lease): void {
  call.showBeside({ keyMaterialId: materialId })
}

/** Of ReEncrypt, as its answer names them: symmetric keys alone. */
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
