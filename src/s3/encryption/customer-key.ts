/**
 * A customer's own key (SSE-C): taken from what a request says, and held against what an object was sealed with.
 *
 * Its bytes are here from the request's base64 until whoever took them wipes them; an object keeps their MD5, as AWS's
 * replies show it. Nothing said of a key goes into an error. Source: Amazon S3 user guide, "Specifying server-side
 * encryption with customer-provided keys", and AWS's own answers.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { secretBytes, secretCopy } from '../../bytes/secret.js'
import { KEY_BYTES } from '../../engine/engine.js'
import { SealtrailError } from '../../errors.js'
import type { Sse } from '../objects/version.js'

export interface CustomerKeyMembers {
  readonly SSECustomerAlgorithm?: string | undefined
  /** Base64. */
  readonly SSECustomerKey?: string | undefined
  /** Base64. */
  readonly SSECustomerKeyMD5?: string | undefined
}

export interface CustomerKey {
  /** 32 bytes, to be wiped by whoever took them. */
  readonly key: Uint8Array
  /** Base64. */
  readonly keyMd5: string
}

const ALGORITHM = 'AES256'
/** Of base64 that somebody may have taken for a key. */
const TEXT_MAX = 1024
const REQUESTS =
  'Requests specifying Server Side Encryption with Customer provided keys must provide'

/** The members that say it of the source of a copy, under the names of the others. */
export function sourceKeyMembers(input: {
  readonly CopySourceSSECustomerAlgorithm?: string | undefined
  readonly CopySourceSSECustomerKey?: string | undefined
  readonly CopySourceSSECustomerKeyMD5?: string | undefined
}): CustomerKeyMembers {
  return {
    SSECustomerAlgorithm: input.CopySourceSSECustomerAlgorithm,
    SSECustomerKey: input.CopySourceSSECustomerKey,
    SSECustomerKeyMD5: input.CopySourceSSECustomerKeyMD5,
  }
}

/**
 * The key that a request shows; undefined when it shows none.
 * @throws SealtrailError `InvalidArgument`, `InvalidEncryptionAlgorithmError`
 */
export function customerKeyOf(members: CustomerKeyMembers): CustomerKey | undefined {
  const {
    SSECustomerAlgorithm: algorithm,
    SSECustomerKey: text,
    SSECustomerKeyMD5: keyMd5,
  } = members
  if (algorithm === undefined && text === undefined && keyMd5 === undefined) return undefined
  if (algorithm === undefined) throw invalid(`${REQUESTS} a valid encryption algorithm.`)
  if (algorithm !== ALGORITHM) {
    throw new SealtrailError(
      'InvalidEncryptionAlgorithmError',
      `The Encryption request you specified is not valid. Supported value: ${ALGORITHM}.`,
      argument(algorithm),
    )
  }
  if (text === undefined) throw invalid(`${REQUESTS} an appropriate secret key.`)
  if (keyMd5 === undefined) {
    throw invalid(`${REQUESTS} the client calculated MD5 of the secret key.`)
  }
  return { key: decoded(text, keyMd5), keyMd5 }
}

/** 16 bytes. */
export function keyMd5Of(key: Uint8Array): Uint8Array {
  return createHash('md5').update(key).digest()
}

/**
 * Whether what a read shows is what the object was sealed with.
 * @throws SealtrailError `InvalidRequest`, `AccessDeniedException`
 */
export function checkCustomerKey(sse: Sse, key: Uint8Array | undefined): void {
  if (sse.algorithm !== 'customer') {
    if (key === undefined) return
    throw refused('The encryption parameters are not applicable to this object.')
  }
  if (key === undefined) {
    throw refused(
      'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    )
  }
  if (isKeyOf(sse.keyMd5, key)) return
  throw new SealtrailError('AccessDeniedException', `${REQUESTS} the correct secret key.`)
}

/**
 * Whether what the request for a part shows is what its upload was begun with.
 * @throws SealtrailError `InvalidRequest`
 */
export function checkPartKey(sse: Sse, key: Uint8Array | undefined): void {
  if ((sse.algorithm === 'customer') !== (key !== undefined)) {
    throw refused(
      'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
    )
  }
  if (sse.algorithm !== 'customer' || isKeyOf(sse.keyMd5, key!)) return
  throw refused('The provided encryption parameters did not match the ones used originally.')
}

/** The MD5 is looked at first, as AWS does. */
function decoded(text: string, keyMd5: string): Uint8Array {
  const room = secretBytes(TEXT_MAX)
  try {
    const size = text.length > TEXT_MAX ? 0 : Buffer.from(room.buffer).write(text, 'base64')
    const key = room.subarray(0, size)
    if (!isKeyOf(keyMd5, key)) {
      throw invalid('The calculated MD5 hash of the key did not match the hash that was provided.')
    }
    if (size !== KEY_BYTES) throw invalid('The secret key was invalid for the specified algorithm.')
    return secretCopy(key)
  } finally {
    room.fill(0)
  }
}

/** What replies show is no secret. */
function isKeyOf(keyMd5: string, key: Uint8Array): boolean {
  return createHash('md5').update(key).digest('base64') === keyMd5
}

function invalid(message: string): SealtrailError {
  return new SealtrailError('InvalidArgument', message, argument('null'))
}

function refused(message: string): SealtrailError {
  return new SealtrailError('InvalidRequest', message)
}

/** AWS names this header, whichever was wrong. */
function argument(ArgumentValue: string) {
  return { ArgumentName: 'x-amz-server-side-encryption', ArgumentValue }
}
