/**
 * A sealed object in one piece of memory: a keyring on one side, all of the bytes on the other.
 *
 * Streams are node-stream.ts and web-stream.ts, ranges range.ts; what needs no waiting is seal.ts and
 * open.ts.
 *
 * @module
 */
import { cutInHeader } from './damage.js'
import type { EncryptionContext } from './encryption-context.js'
import { parseHeader } from './header.js'
import { askDataKey, askOpening } from './keyring.js'
import { type OpenOptions, openSealed, requireContext } from './open.js'
import { type SealOptions, sealMessage } from './seal.js'

export interface Opened {
  readonly plain: Uint8Array
  readonly encryptionContext: EncryptionContext
}

/**
 * Seals `plain` under a fresh data key. `plain` must keep its bytes until the promise settles.
 * @throws SealtrailError `ValidationException`, `InputInvalid`, `InputTooLarge`; whatever the keyring throws.
 */
export async function sealBuffer(options: SealOptions, plain: Uint8Array): Promise<Uint8Array> {
  const { engine, keyring, frameBytes } = options
  // The wraps are bound to these pairs; the header must hold the same ones, whatever happens meanwhile.
  const encryptionContext = { ...options.encryptionContext }
  const { dataKey, encryptedDataKeys } = await askDataKey(keyring, engine, encryptionContext)
  try {
    const parts = { encryptionContext, encryptedDataKeys, frameBytes }
    return sealMessage(engine, dataKey, parts, plain)
  } finally {
    dataKey.release()
  }
}

/**
 * Opens a whole object; nothing of it is returned before all of it has been checked.
 * @throws SealtrailError `InvalidCiphertextException`, without a message, when no wrapped key opens, the
 * header is not genuine, or a pair is missing from the context; `ObjectDamaged`; `InputTooLarge` beyond
 * the limits; whatever the keyring throws.
 */
export async function openBuffer(options: OpenOptions, sealed: Uint8Array): Promise<Opened> {
  const { engine, keyring, limits } = options
  const header = parseHeader(sealed, limits)
  if (header === undefined) throw cutInHeader()
  const { encryptionContext, encryptedDataKeys } = header
  requireContext(encryptionContext, options.encryptionContext, options.exactContext)
  const dataKey = await askOpening(keyring, engine, encryptedDataKeys, encryptionContext)
  try {
    return { plain: openSealed(engine, header, dataKey, sealed), encryptionContext }
  } finally {
    dataKey.release()
  }
}
