/**
 * Whether ReEncrypt is asked to use one key twice: what kms:ReEncryptOnSameKey asks, of both halves.
 *
 * Looked up before anybody was asked, and told to policies alone.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import { readBlobHeader } from '../blob/ciphertext-blob.js'
import type { Parts } from '../parts.js'
import { keyNamed } from './find-key.js'
import type { KeyUse } from './use-key.js'

export async function isSameKey(
  parts: Parts,
  call: Call,
  { keyId, blob }: Pick<KeyUse, 'keyId' | 'blob'>,
  targetKeyId: string,
): Promise<boolean> {
  const sourceId = keyId === undefined ? blob && readBlobHeader(blob)?.keyId : keyId
  if (sourceId === undefined) return false
  const [source, target] = [
    await keyNamed(parts, call.caller, sourceId),
    await keyNamed(parts, call.caller, targetKeyId),
  ]
  return source !== undefined && source.key.arn === target?.key.arn
}
