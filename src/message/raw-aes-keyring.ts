/**
 * A keyring over one AES-256 key of the caller's, as the AWS Encryption SDKs' raw AES keyring lays it out.
 *
 *     provider id     key namespace
 *     provider info   | key name | u32 tag bits = 128 | u32 IV bytes = 12 | IV 12 |
 *     ciphertext      | data key 32 | tag 16 |          AES-256-GCM, AAD = the encryption context
 *
 * Wrapping suite AES256_GCM_IV12_TAG16_NO_PADDING, no other. The wrapping key rests in this thread's engine for
 * small messages and is handed over to any other that asks. IVs are random: one such key is good for 2^32
 * messages (NIST SP 800-38D §8.3); KMS keys have no such bound. Source: docs/FORMAT.md §2 (AWS Encryption SDK,
 * "Raw AES keyring").
 *
 * @module
 */
import { copyOfGiven } from '../bytes/given-bytes.js'
import { secretBytes } from '../bytes/secret.js'
import { chooseEngines } from '../engine/choose.js'
import { type Engine, KEY_BYTES, type KeyHandle, NONCE_BYTES, TAG_BYTES } from '../engine/engine.js'
import { handOver } from '../engine/hand-over.js'
import { SealtrailError } from '../errors.js'
import { givenMembers, givenText } from '../given.js'
import { type EncryptionContext, encodeContext, givenContext } from './encryption-context.js'
import {
  type DataKey,
  type EncryptedDataKey,
  givenEngine,
  givenWraps,
  invalidCiphertext,
  type Keyring,
} from './keyring.js'

const KMS_NAMESPACE = 'aws-kms'
const WRAPPED_BYTES = KEY_BYTES + TAG_BYTES
const scratch = secretBytes(WRAPPED_BYTES + NONCE_BYTES)
/** A data key and room for its tag. */
const text = scratch.subarray(0, WRAPPED_BYTES)
const keyText = text.subarray(0, KEY_BYTES)
const iv = scratch.subarray(WRAPPED_BYTES)

export interface RawAesKeyring extends Keyring {
  /** Wipes the wrapping key in every engine; the keyring is of no use afterwards. */
  release(): void
}

export interface RawAesKeyringOptions {
  /** The caller's name for a set of keys; not `aws-kms`. */
  readonly namespace: string
  readonly name: string
  /** 32 bytes, copied; wiping them is the caller's duty. */
  readonly key: Uint8Array
}

/** @throws SealtrailError `InputInvalid` */
export function rawAesKeyring(options: RawAesKeyringOptions): RawAesKeyring {
  const given = givenMembers(options, 'the options of a keyring')
  const namespace = givenText(given.namespace, 'the namespace of a raw AES key')
  const name = givenText(given.name, 'the name of a raw AES key')
  if (namespace === KMS_NAMESPACE) throw invalid('the namespace aws-kms is for KMS keys')
  const key = copyOfGiven(given.key, 'a raw AES key')
  try {
    if (key.length !== KEY_BYTES) throw invalid('a raw AES key has 32 bytes')
    return new WrappingKey(namespace, name, key)
  } finally {
    key.fill(0)
  }
}

class WrappingKey implements RawAesKeyring {
  readonly #namespace: string
  /** Provider info up to the IV. */
  readonly #infoHead: Buffer
  /** Where the key rests. */
  readonly #home = chooseEngines('auto').small
  /** Of the home first; none once released. */
  readonly #handles = new Map<Engine, KeyHandle>()

  constructor(namespace: string, name: string, key: Uint8Array) {
    this.#namespace = namespace
    this.#infoHead = Buffer.from(`${name}\0\0\0\0\0\0\0\0`)
    this.#infoHead.writeUInt32BE(TAG_BYTES * 8, this.#infoHead.length - 8)
    this.#infoHead.writeUInt32BE(NONCE_BYTES, this.#infoHead.length - 4)
    this.#handles.set(this.#home, this.#home.importKey(key))
  }

  async generateDataKey(engine: Engine, context: EncryptionContext): Promise<DataKey> {
    const wrappingKey = this.#keyIn(givenEngine(engine))
    const aad = encodeContext(givenContext(context))
    const infoBytes = this.#infoHead.length + NONCE_BYTES
    const bytes = secretBytes(infoBytes + WRAPPED_BYTES)
    const [providerInfo, ciphertext] = [bytes.subarray(0, infoBytes), bytes.subarray(infoBytes)]
    providerInfo.set(this.#infoHead)
    try {
      engine.randomFill(scratch)
      providerInfo.set(iv, this.#infoHead.length)
      const dataKey = engine.importKey(keyText)
      engine.seal(wrappingKey, iv, aad, text)
      ciphertext.set(text)
      const wrapped = { providerId: this.#namespace, providerInfo, ciphertext }
      return { dataKey, encryptedDataKeys: [wrapped] }
    } finally {
      scratch.fill(0)
    }
  }

  async decryptDataKey(
    engine: Engine,
    encryptedDataKeys: readonly EncryptedDataKey[],
    context: EncryptionContext,
  ): Promise<KeyHandle> {
    givenEngine(engine)
    const pairs = givenContext(context)
    const own = givenWraps(encryptedDataKeys).filter((wrapped) => this.#isOwn(wrapped))
    const dataKey =
      this.#unwrapAny(engine, own, encodeContext(pairs)) ??
      this.#unwrapAny(engine, own, encodeContext(pairs, asJavaScriptSdk))
    if (dataKey === undefined) throw invalidCiphertext()
    return dataKey
  }

  release(): void {
    for (const handle of this.#handles.values()) handle.release()
    this.#handles.clear()
  }

  #unwrapAny(
    engine: Engine,
    own: readonly EncryptedDataKey[],
    aad: Uint8Array,
  ): KeyHandle | undefined {
    const wrappingKey = this.#keyIn(engine)
    for (const { providerInfo, ciphertext } of own) {
      const wrapIv = providerInfo.subarray(this.#infoHead.length)
      text.set(ciphertext)
      try {
        if (!engine.open(wrappingKey, wrapIv, aad, text)) continue
        return engine.importKey(keyText)
      } finally {
        text.fill(0)
      }
    }
    return undefined
  }

  #isOwn({ providerId, providerInfo, ciphertext }: EncryptedDataKey): boolean {
    return (
      providerId === this.#namespace &&
      providerInfo.length === this.#infoHead.length + NONCE_BYTES &&
      this.#infoHead.compare(providerInfo, 0, this.#infoHead.length) === 0 &&
      ciphertext.length === WRAPPED_BYTES
    )
  }

  #keyIn(engine: Engine): KeyHandle {
    const known = this.#handles.get(engine)
    if (known !== undefined) return known
    const rests = this.#handles.get(this.#home)
    if (rests === undefined) {
      throw new SealtrailError('KeyReleased', 'the keyring has been released')
    }
    const handle = handOver(rests, this.#home, engine)
    this.#handles.set(engine, handle)
    return handle
  }
}

/**
 * The JavaScript SDK's raw keyrings, unless told `utf8Sorting: true`, sort the context by locale for this AAD
 * (and by UTF-8 in the header): aws-encryption-sdk-javascript issue 428. We read such wraps, and write none.
 */
function asJavaScriptSdk(left: string, right: string): number {
  return left.localeCompare(right)
}

function invalid(message: string): SealtrailError {
  return new SealtrailError('InputInvalid', message)
}
