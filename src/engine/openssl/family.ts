/**
 * What one family of private keys can do, over node:crypto and what it lacks.
 *
 * Calls are those of private-keys.ts, on the keys themselves. A family leaves out what its keys do not do.
 *
 * @module
 */
import type {
  MacAlgorithm,
  MessageForm,
  PrivateKeySpec,
  RsaAlgorithm,
  SigningAlgorithm,
} from '../private-keys.js'

export interface Signing {
  readonly algorithm: SigningAlgorithm
  readonly message: Uint8Array
  readonly form: MessageForm
}

/** `Key` is what is kept of a key. */
export interface Family<Key> {
  generate(spec: PrivateKeySpec): Promise<Key>
  /** Undefined when they are no key of the spec. Whether its parts fit each other is {@link Family.sound}'s. */
  read(spec: PrivateKeySpec, bytes: Uint8Array): Key | undefined
  /** A key that comes from outside, as it is kept; undefined when its parts do not fit each other. */
  sound(key: Key, spec: PrivateKeySpec): Key | undefined
  /** Secret bytes. */
  write(key: Key): Uint8Array
  release(key: Key): void
  publicKey?(key: Key): Uint8Array
  sign?(key: Key, signing: Signing): Uint8Array
  verify?(key: Key, signing: Signing, signature: Uint8Array): boolean
  encrypt?(key: Key, algorithm: RsaAlgorithm, plain: Uint8Array): Uint8Array
  decrypt?(key: Key, algorithm: RsaAlgorithm, ciphertext: Uint8Array): Uint8Array | undefined
  agree?(key: Key, publicKey: Uint8Array): Uint8Array | undefined
  mac?(key: Key, algorithm: MacAlgorithm, message: Uint8Array): Uint8Array
}
