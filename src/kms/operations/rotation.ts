/**
 * GetKeyRotationStatus. Key material is not rotated yet: the answer is always that it is not.
 *
 * @module
 */
import type { Call } from '../../service/call.js'
import type { InputOf } from '../model/kms.js'
import type { Parts } from '../parts.js'
import { lookAtKey } from '../use/find-key.js'

export interface KeyRotationStatusOutput {
  /** The key's ARN. */
  readonly KeyId: string
  readonly KeyRotationEnabled: boolean
}

export async function getKeyRotationStatus(
  parts: Parts,
  call: Call,
  { KeyId }: InputOf<'GetKeyRotationStatus'>,
): Promise<KeyRotationStatusOutput> {
  const { key } = await lookAtKey(parts, call, KeyId)
  await call.succeed()
  return { KeyId: key.arn, KeyRotationEnabled: false }
}
