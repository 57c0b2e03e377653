/**
 * GetPublicKey.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import { checkGrantTokens } from '../../grants/tokens.js'
import { privateLeaseOf } from '../../keys/material.js'
import { checkKeyState } from '../../keys/states.js'
import type { InputOf } from '../../model/kms.js'
import type { Parts } from '../../parts.js'
import { unsupported } from '../../refusals.js'
import {
  isAsymmetric,
  type KeySpec,
  type KeyUsage,
  type ShownAlgorithms,
  shownAlgorithms,
} from '../../specs/key-specs.js'
import { findKey } from '../../use/find-key.js'

export interface PublicKeyOutput extends Omit<ShownAlgorithms, 'MacAlgorithms'> {
  /** The key's ARN. */
  readonly KeyId: string
  /** SubjectPublicKeyInfo, DER. */
  readonly PublicKey: Uint8Array
  readonly CustomerMasterKeySpec: KeySpec
  readonly KeySpec: KeySpec
  readonly KeyUsage: KeyUsage
}

export async function getPublicKey(
  parts: Parts,
  call: Call,
  input: InputOf<'GetPublicKey'>,
): Promise<PublicKeyOutput> {
  checkGrantTokens(parts.root, input.GrantTokens)
  const cached = await findKey(parts, call, input.KeyId)
  const { arn, keySpec, keyUsage } = cached.key
  checkKeyState(call.operation, cached.key)
  if (!isAsymmetric(keySpec)) {
    throw unsupported(`${arn} key spec is ${keySpec} which is not valid for ${call.operation}.`)
  }
  const lease = privateLeaseOf(cached)
  let PublicKey: Uint8Array
  try {
    PublicKey = parts.engines.small.privateKeys.publicKey(lease.handle)
  } finally {
    lease.release()
  }
  await call.succeed()
  return {
    ...{ KeyId: arn, PublicKey, CustomerMasterKeySpec: keySpec, KeySpec: keySpec },
    ...{ KeyUsage: keyUsage, ...shownAlgorithms(cached.key) },
  }
}
