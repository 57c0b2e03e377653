/**
 * GetParametersForImport: a wrapping pair for one import, whose private key leaves with the token.
 *
 * @module
 */
import type { Call } from '../../../service/calls/call.js'
import { importToken, TOKEN_MS } from '../../imports/token.js'
import { checkWrapping } from '../../imports/transport.js'
import type { InputOf } from '../../model/kms.js'
import type { Parts } from '../../parts.js'
import { refuseOrigin } from '../../refusals.js'
import { lookAtKey } from '../../use/find-key.js'

export interface ParametersForImportOutput {
  /** The key's ARN. */
  readonly KeyId: string
  readonly ImportToken: Uint8Array
  /** SubjectPublicKeyInfo, DER. */
  readonly PublicKey: Uint8Array
  readonly ParametersValidTo: Date
}

export async function getParametersForImport(
  parts: Parts,
  call: Call,
  { KeyId, WrappingAlgorithm, WrappingKeySpec }: InputOf<'GetParametersForImport'>,
): Promise<ParametersForImportOutput> {
  const { root, engines, freshKeys, clock } = parts
  const { key } = await lookAtKey(parts, call, KeyId)
  if (key.origin !== 'EXTERNAL') throw refuseOrigin(key)
  const wrapping = checkWrapping(key.keySpec, WrappingAlgorithm, WrappingKeySpec)
  const validTo = clock.now() + TOKEN_MS
  const pair = await freshKeys.make(wrapping.spec, key.account)
  try {
    const ImportToken = importToken(root, key, pair, { ...wrapping, validTo })
    const PublicKey = engines.small.privateKeys.publicKey(pair)
    await call.succeed()
    return { KeyId: key.arn, ImportToken, PublicKey, ParametersValidTo: new Date(validTo) }
  } finally {
    pair.release()
  }
}
