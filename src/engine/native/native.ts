/**
 * The native engine: AWS-LC in a Rust addon, keys in locked memory that JavaScript never sees.
 *
 * What stands behind a handle is a number that says where the addon's arena keeps the key. The arena is one for
 * all threads of the process, so that a ticket claims a key by its number alone, for as long as the thread that
 * gave it holds the key. Shapes are checked by the addon; where it lies is in addon.ts, what it does in
 * native/src.
 *
 * @module
 */
import { invariant } from '../../invariant.js'
import {
  COMMITMENT_BYTES,
  type Engine,
  type FrameRun,
  type KeyHandle,
  type SharedKey,
} from '../engine.js'
import { keyHandles } from '../key-handles.js'
import type { PrivateKeys } from '../private-keys.js'
import { issue, redeem } from '../ticket.js'
import { type Addon, addonAbsence, type KeyNumber, loadAddon } from './addon.js'
import { check, unavailable } from './answers.js'
import { nativeKeys } from './private-keys.js'

/** @throws SealtrailError `EngineUnavailable` when the addon is missing or does not load. */
export function openNativeEngine(): Engine {
  const addon = loadAddon()
  if (addon === undefined) {
    throw unavailable(`the native engine is not here: ${addonAbsence()}`)
  }
  return new NativeEngine(addon)
}

/** Where the addon keeps the key of a ticket of ours, which is used up. @throws SealtrailError `KeyReleased` */
export function redeemNumber(ticket: unknown): KeyNumber {
  const number = redeem('native', ticket)
  invariant(typeof number === 'number', 'the native engine shares numbers')
  return number
}

/** Bytes that the system locks for a process; undefined when it names no limit, or there is no addon. */
export function lockLimit(): number | undefined {
  const bytes = loadAddon()?.lockLimit() ?? -1
  return bytes < 0 ? undefined : bytes
}

/** From now on, in all threads of the process, a key that would lie in memory that is not locked is refused. */
export function requireLock(): void {
  loadAddon()?.requireLock()
}

class NativeEngine implements Engine {
  readonly name = 'native'
  readonly privateKeys: PrivateKeys
  readonly #addon: Addon
  readonly #keys

  constructor(addon: Addon) {
    this.#addon = addon
    this.#keys = keyHandles<KeyNumber>('native', (key) => void addon.releaseKey(key))
    this.privateKeys = nativeKeys(addon, (key) => this.#number(key))
  }

  get features(): readonly string[] {
    const memory = this.isLocked ? 'locked-memory' : 'unlocked-memory'
    return [...this.#addon.features().split(','), memory]
  }

  get isLocked(): boolean {
    return this.#addon.isLocked() === 1
  }

  importKey(bytes: Uint8Array): KeyHandle {
    return this.#handle(this.#addon.importKey(bytes))
  }

  generateKey(): KeyHandle {
    return this.#handle(this.#addon.generateKey())
  }

  cloneKey(key: KeyHandle): KeyHandle {
    return this.#handle(this.#addon.adoptKey(this.#number(key)))
  }

  shareKey(key: KeyHandle): SharedKey {
    // Nobody adopts a key that nobody holds.
    const held = this.cloneKey(key)
    return issue('native', this.#number(held), () => held.release())
  }

  adoptKey(ticket: unknown): KeyHandle {
    return this.#handle(this.#addon.adoptKey(redeemNumber(ticket)))
  }

  randomFill(target: Uint8Array): void {
    check(this.#addon.randomFill(target))
  }

  seal(
    key: KeyHandle,
    nonce: Uint8Array,
    aad: Uint8Array,
    text: Uint8Array,
    tag?: Uint8Array,
  ): void {
    check(this.#addon.seal(this.#number(key), nonce, aad, text, tag))
  }

  open(
    key: KeyHandle,
    nonce: Uint8Array,
    aad: Uint8Array,
    text: Uint8Array,
    tag?: Uint8Array,
  ): boolean {
    return check(this.#addon.open(this.#number(key), nonce, aad, text, tag)) === 1
  }

  sealFrames(key: KeyHandle, run: FrameRun, plain: Uint8Array, sealed: Uint8Array): void {
    const { messageId, frameBytes, firstFrame, final } = run
    const isFinal = final ? 1 : 0
    const number = this.#number(key)
    check(this.#addon.sealFrames(number, messageId, frameBytes, firstFrame, isFinal, plain, sealed))
  }

  openFrames(key: KeyHandle, run: FrameRun, sealed: Uint8Array, plain: Uint8Array): number {
    const { messageId, frameBytes, firstFrame, final } = run
    const isFinal = final ? 1 : 0
    const number = this.#number(key)
    return check(
      this.#addon.openFrames(number, messageId, frameBytes, firstFrame, isFinal, sealed, plain),
    )
  }

  sealHeader(dataKey: KeyHandle, header: Uint8Array): KeyHandle {
    return this.#handle(this.#addon.sealHeader(this.#number(dataKey), header))
  }

  openHeader(dataKey: KeyHandle, header: Uint8Array): KeyHandle | undefined {
    return this.#handleIfAny(this.#addon.openHeader(this.#number(dataKey), header))
  }

  sealMessage(
    dataKey: KeyHandle,
    sealed: Uint8Array,
    headerBytes: number,
    frameBytes: number,
    plain: Uint8Array,
  ): void {
    const number = this.#number(dataKey)
    check(this.#addon.sealMessage(number, sealed, headerBytes, frameBytes, plain))
  }

  openMessage(
    dataKey: KeyHandle,
    header: Uint8Array,
    frameBytes: number,
    body: Uint8Array,
    plain: Uint8Array,
  ): number {
    const number = this.#number(dataKey)
    return check(this.#addon.openMessage(number, header, frameBytes, body, plain)) - 1
  }

  xaesCommitment(key: KeyHandle, nonce: Uint8Array): Uint8Array {
    const commitment = new Uint8Array(COMMITMENT_BYTES)
    check(this.#addon.xaesCommitment(this.#number(key), nonce, commitment))
    return commitment
  }

  wrap(wrappingKey: KeyHandle, blob: Uint8Array, context: Uint8Array): void {
    check(this.#addon.wrap(this.#number(wrappingKey), blob, context))
  }

  wrapKey(wrappingKey: KeyHandle, key: KeyHandle, blob: Uint8Array, context: Uint8Array): void {
    check(this.#addon.wrapKey(this.#number(wrappingKey), this.#number(key), blob, context))
  }

  unwrap(wrappingKey: KeyHandle, blob: Uint8Array, context: Uint8Array): boolean {
    return check(this.#addon.unwrap(this.#number(wrappingKey), blob, context)) === 1
  }

  unwrapKey(wrappingKey: KeyHandle, blob: Uint8Array, context: Uint8Array): KeyHandle | undefined {
    return this.#handleIfAny(this.#addon.unwrapKey(this.#number(wrappingKey), blob, context))
  }

  generateDataKeys(
    wrappingKey: KeyHandle,
    blobs: Uint8Array,
    blobBytes: number,
    context: Uint8Array,
    plain: Uint8Array | undefined,
  ): void {
    const number = this.#number(wrappingKey)
    check(this.#addon.generateDataKeys(number, blobs, blobBytes, context, plain))
  }

  unwrapMany(
    wrappingKey: KeyHandle,
    blobs: Uint8Array,
    blobEnds: Uint32Array,
    contexts: Uint8Array,
    contextEnds: Uint32Array,
    opened: Uint8Array,
  ): void {
    const number = this.#number(wrappingKey)
    check(this.#addon.unwrapMany(number, blobs, blobEnds, contexts, contextEnds, opened))
  }

  #number(key: KeyHandle): KeyNumber {
    return this.#keys.secretOf(key)
  }

  #handle(key: KeyNumber): KeyHandle {
    return this.#keys.hold(check(key))
  }

  #handleIfAny(key: KeyNumber): KeyHandle | undefined {
    return key === 0 ? undefined : this.#handle(key)
  }
}
