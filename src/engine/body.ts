/**
 * What an engine in JavaScript's reach is made of: few calls, which know no handles and check no shapes.
 *
 * compose.ts makes an engine of them.
 *
 * @module
 */
import type { EngineName } from './engine.js'
import type { TextCipher } from './frames.js'

/** What differs between such engines. `Secret` is what they keep of a key; shapes are right already. */
export interface Body<Secret> extends TextCipher<Secret> {
  readonly name: EngineName
  readonly features: readonly string[]

  importKey(bytes: Uint8Array): Secret
  generateKey(): Secret
  cloneKey(key: Secret): Secret
  releaseKey(key: Secret): void
  /** What a ticket claims: something that can be posted. */
  claimOf(key: Secret): unknown
  /** The key of a claim, which is wiped. */
  keyOf(claim: unknown): Secret
  wipeClaim(claim: unknown): void

  randomFill(target: Uint8Array): void
  /** `suite`: 2 bytes. */
  deriveMessageKey(
    dataKey: Secret,
    suite: Uint8Array,
    messageId: Uint8Array,
  ): { key: Secret; commitKey: Uint8Array }
  xaesCommitment(key: Secret, nonce: Uint8Array): Uint8Array
  wrap(wrappingKey: Secret, blob: Uint8Array, context: Uint8Array): void
  wrapKey(wrappingKey: Secret, key: Secret, blob: Uint8Array, context: Uint8Array): void
  unwrap(wrappingKey: Secret, blob: Uint8Array, context: Uint8Array): boolean
  unwrapKey(wrappingKey: Secret, blob: Uint8Array, context: Uint8Array): Secret | undefined
}
