/**
 * GenerateMac, VerifyMac.
 *
 * @module
 */
import { constantTimeEqual } from '../../../bytes/compare.js'
import { SealtrailError } from '../../../errors.js'
import type { Call } from '../../../service/calls/call.js'
import type { InputOf } from '../../model/kms.js'
import type { Parts } from '../../parts.js'
import { dryRun } from '../../refusals.js'
import type { MacAlgorithm } from '../../specs/key-specs.js'
import { usePrivateKey } from '../../use/use-key.js'

interface MacOutput {
  /** The key's ARN. */
  readonly KeyId: string
  readonly MacAlgorithm: MacAlgorithm
}

export interface GenerateMacOutput extends MacOutput {
  readonly Mac: Uint8Array
}

export interface VerifyMacOutput extends MacOutput {
  readonly MacValid: true
}

export async function generateMac(
  parts: Parts,
  call: Call,
  input: InputOf<'GenerateMac'>,
): Promise<GenerateMacOutput> {
  const { KeyId, mac: Mac } = await macOf(parts, call, input)
  if (input.DryRun) throw dryRun()
  await call.succeed()
  return { KeyId, Mac, MacAlgorithm: input.MacAlgorithm }
}

export async function verifyMac(
  parts: Parts,
  call: Call,
  input: InputOf<'VerifyMac'>,
): Promise<VerifyMacOutput> {
  const { KeyId, mac } = await macOf(parts, call, input)
  const isValid = constantTimeEqual(mac, input.Mac)
  mac.fill(0)
  // AWS says no more than this.
  if (!isValid) throw new SealtrailError('KMSInvalidMacException', '')
  if (input.DryRun) throw dryRun()
  await call.succeed()
  return { KeyId, MacValid: true, MacAlgorithm: input.MacAlgorithm }
}

async function macOf(
  parts: Parts,
  call: Call,
  { KeyId: keyId, GrantTokens: grantTokens, MacAlgorithm: algorithm, Message }: MacInput,
): Promise<{ readonly KeyId: string; readonly mac: Uint8Array }> {
  const use = { keyId, usage: 'GENERATE_VERIFY_MAC', algorithm, grantTokens } as const
  const lease = await usePrivateKey(parts, call, use)
  try {
    const mac = parts.engines.small.privateKeys.mac(lease.handle, algorithm, Message)
    return { KeyId: lease.key.arn, mac }
  } finally {
    lease.release()
  }
}

type MacInput = Omit<InputOf<'GenerateMac'>, 'DryRun'>
