/**
 * Import tokens: which key the material is for, by what it is wrapped on its way, and until when.
 *
 *     | "impt" 4 | version 1 | algorithm 1 | spec 1 | 0 | valid to, ms 8 | private key of the wrapping pair, wrapped by the root |
 *
 * Nothing is kept of it here: whoever was given a token brings it back. All that it says is authenticated with the private
 * key, as is the place of the KMS key. Source: docs/FORMAT.md §4.6.
 *
 * @module
 */
import type { Place } from '../../aws/arn.js'
import type { PrivateKeyHandle } from '../../engine/private-keys.js'
import { isSealtrailError, SealtrailError } from '../../errors.js'
import type { EncryptionContext } from '../../message/encryption-context.js'
import type { Root } from '../../root/root.js'

/** What material may be wrapped with, and by keys of which specs, in the order of their numbers in a token. */
export const WRAPPING_ALGORITHMS = [
  ...(['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const),
  ...(['RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256'] as const),
] as const
export const WRAPPING_KEY_SPECS = ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const

export type WrappingAlgorithm = (typeof WRAPPING_ALGORITHMS)[number]
export type WrappingKeySpec = (typeof WRAPPING_KEY_SPECS)[number]

export interface Wrapping {
  readonly algorithm: WrappingAlgorithm
  readonly spec: WrappingKeySpec
}

/** AWS's: for how long a token is good. */
export const TOKEN_MS = 24 * 60 * 60 * 1000

type KeyPlace = Place & { readonly keyId: string }

const MAGIC = Buffer.from('impt', 'latin1')
const VERSION = 1
const HEAD_BYTES = 16
const VALID_TO_OFFSET = 8

/** `privateKey` stays the caller's. `validTo`: milliseconds since the epoch. */
export function importToken(
  root: Root,
  place: KeyPlace,
  privateKey: PrivateKeyHandle,
  { algorithm, spec, validTo }: Wrapping & { readonly validTo: number },
): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES)
  MAGIC.copy(head)
  head[4] = VERSION
  head[5] = WRAPPING_ALGORITHMS.indexOf(algorithm)
  head[6] = WRAPPING_KEY_SPECS.indexOf(spec)
  head.writeBigUInt64BE(BigInt(validTo), VALID_TO_OFFSET)
  return Buffer.concat([head, root.wrapPrivateKey(privateKey, contextOf(place, head))])
}

export interface OpenToken extends Wrapping {
  /** Of the wrapping pair; whoever opened the token releases it. */
  readonly privateKey: PrivateKeyHandle
}

/**
 * What a token of ours for the key says.
 * @throws SealtrailError `InvalidImportTokenException` for anything else, `ExpiredImportTokenException` behind its time.
 */
export function openImportToken(
  root: Root,
  place: KeyPlace,
  token: Uint8Array,
  now: number,
): OpenToken {
  const head = Buffer.from(token.subarray(0, HEAD_BYTES))
  const algorithm = WRAPPING_ALGORITHMS[head[5] ?? WRAPPING_ALGORITHMS.length]
  const spec = WRAPPING_KEY_SPECS[head[6] ?? WRAPPING_KEY_SPECS.length]
  const isHead = head.length === HEAD_BYTES && head.subarray(0, MAGIC.length).equals(MAGIC)
  if (!isHead || head[4] !== VERSION || algorithm === undefined || spec === undefined) {
    throw invalidToken()
  }
  const privateKey = openPrivateKey(root, spec, token.subarray(HEAD_BYTES), contextOf(place, head))
  if (Number(head.readBigUInt64BE(VALID_TO_OFFSET)) > now) return { algorithm, spec, privateKey }
  privateKey.release()
  throw new SealtrailError('ExpiredImportTokenException', 'The import token has expired.')
}

function openPrivateKey(
  root: Root,
  spec: WrappingKeySpec,
  wrapped: Uint8Array,
  context: EncryptionContext,
): PrivateKeyHandle {
  try {
    return root.unwrapPrivateKey(spec, wrapped, context)
  } catch (error) {
    if (isSealtrailError(error, 'RootKeyUnusable')) throw invalidToken()
    throw error
  }
}

function invalidToken(): SealtrailError {
  const says = 'The import token is invalid, or is associated with a different KMS key.'
  return new SealtrailError('InvalidImportTokenException', says)
}

function contextOf({ account, region, keyId }: KeyPlace, head: Buffer): EncryptionContext {
  return {
    'sealtrail:account': account,
    'sealtrail:region': region,
    'sealtrail:key-id': keyId,
    'sealtrail:import-token': head.toString('hex'),
  }
}
