/**
 * The native engine: AWS-LC in a Rust addon, keys in locked memory that JavaScript never sees.
 *
 * A handle is a number that says where the addon's arena keeps the key. The arena is one for all threads
 * of the process, so a key is shared by its number alone. Here are the handles and the sentences for
 * what the addon refuses; where the addon lies is in addon.ts, what it does in native/src.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import {
  COMMITMENT_BYTES,
  type Engine,
  type EngineName,
  type FrameRun,
  KEY_BYTES,
  type KeyHandle,
} from '../engine.js'
import { type Addon, addonAbsence, type KeyNumber, loadAddon } from './addon.js'

const RELEASED = -1
const ARENA_FULL = -2
/** By refusal: what is true whenever the code is right (native/src/refusal.rs has the numbers). */
const CLAIMS: Readonly<Record<number, string>> = {
  [-3]: 'the native engine does not panic',
  [-4]: 'bytes are a Uint8Array, ends a Uint32Array',
  [-5]: 'sizes are whole numbers',
  [-6]: 'a key has 32 bytes',
  [-7]: 'an AES-GCM nonce has 12 bytes, an XAES nonce 24',
  [-8]: 'a tag has 16 bytes',
  [-9]: 'a message id has 32 bytes',
  [-10]: 'a blob has 96 bytes and its plaintext',
  [-11]: 'a run of frames has its exact size',
  [-12]: 'a batch has its exact size',
  [-13]: 'a target has its exact size',
  [-14]: 'source, target and tag lie apart',
  [-15]: 'a gzip level is 0 to 12',
  [-18]: 'a header has a message id, a commit key and a tag',
}

/** @throws SealtrailError `EngineUnavailable` when the addon is missing or does not load. */
export function openNativeEngine(): Engine {
  const addon = loadAddon()
  if (addon === undefined) {
    throw new SealtrailError(
      'EngineUnavailable',
      `the native engine is not here: ${addonAbsence()}`,
    )
  }
  return new NativeEngine(addon)
}

/** Lets go of keys whose handles were lost; whoever relies on it keeps a key longer than needed. */
const lost = new FinalizationRegistry<KeyNumber>((key) => {
  loadAddon()?.releaseKey(key)
})

class NativeKey implements KeyHandle {
  readonly engine: EngineName = 'native'
  #addon: Addon
  /** 0 once released: the number of no key. */
  #number: KeyNumber

  constructor(addon: Addon, number: KeyNumber) {
    this.#addon = addon
    this.#number = number
    lost.register(this, number, this)
  }

  /** The addon refuses 0, so that using a released handle needs no check here. */
  static number(key: KeyHandle): KeyNumber {
    invariant(#number in key, 'a key is used by the engine that holds it')
    return key.#number
  }

  release(): void {
    if (this.#number === 0) return
    lost.unregister(this)
    this.#addon.releaseKey(this.#number)
    this.#number = 0
  }

  toString(): string {
    return 'KeyHandle(native)'
  }

  toJSON(): string {
    return this.toString()
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }
}

/** What crosses threads; the token keeps it from meaning another key in another process. */
interface SharedKey {
  readonly arena: number
  readonly key: KeyNumber
}

class NativeEngine implements Engine {
  readonly name = 'native'
  readonly #addon: Addon

  constructor(addon: Addon) {
    this.#addon = addon
  }

  get features(): readonly string[] {
    return this.#addon.features().split(',')
  }

  importKey(bytes: Uint8Array): KeyHandle {
    return this.#handle(this.#addon.importKey(bytes))
  }

  generateKey(): KeyHandle {
    return this.#handle(this.#addon.generateKey())
  }

  exportKey(key: KeyHandle, target: Uint8Array): void {
    check(this.#addon.exportKey(NativeKey.number(key), target))
  }

  shareKey(key: KeyHandle): SharedKey {
    const number = check(this.#addon.shareKey(NativeKey.number(key)))
    return { arena: this.#addon.arenaToken(), key: number }
  }

  adoptKey(shared: unknown): KeyHandle {
    invariant(isSharedKey(shared), 'an adopted key was shared by a native engine')
    invariant(shared.arena === this.#addon.arenaToken(), 'a key is shared within one process')
    return this.#handle(this.#addon.adoptKey(shared.key))
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
    check(this.#addon.seal(NativeKey.number(key), nonce, aad, text, tag))
  }

  open(
    key: KeyHandle,
    nonce: Uint8Array,
    aad: Uint8Array,
    text: Uint8Array,
    tag?: Uint8Array,
  ): boolean {
    return check(this.#addon.open(NativeKey.number(key), nonce, aad, text, tag)) === 1
  }

  sealFrames(key: KeyHandle, run: FrameRun, plain: Uint8Array, sealed: Uint8Array): void {
    const { messageId, frameBytes, firstFrame, final } = run
    const isFinal = final ? 1 : 0
    const number = NativeKey.number(key)
    check(this.#addon.sealFrames(number, messageId, frameBytes, firstFrame, isFinal, plain, sealed))
  }

  openFrames(key: KeyHandle, run: FrameRun, sealed: Uint8Array, plain: Uint8Array): number {
    const { messageId, frameBytes, firstFrame, final } = run
    const isFinal = final ? 1 : 0
    const number = NativeKey.number(key)
    return check(
      this.#addon.openFrames(number, messageId, frameBytes, firstFrame, isFinal, sealed, plain),
    )
  }

  sealMessage(
    dataKey: KeyHandle,
    sealed: Uint8Array,
    headerBytes: number,
    frameBytes: number,
    plain: Uint8Array,
  ): void {
    const number = NativeKey.number(dataKey)
    check(this.#addon.sealMessage(number, sealed, headerBytes, frameBytes, plain))
  }

  openMessage(
    dataKey: KeyHandle,
    header: Uint8Array,
    frameBytes: number,
    body: Uint8Array,
    plain: Uint8Array,
  ): number {
    const number = NativeKey.number(dataKey)
    return check(this.#addon.openMessage(number, header, frameBytes, body, plain)) - 1
  }

  deriveMessageKey(
    dataKey: KeyHandle,
    suite: number,
    messageId: Uint8Array,
  ): { key: KeyHandle; commitKey: Uint8Array } {
    const commitKey = new Uint8Array(KEY_BYTES)
    const number = NativeKey.number(dataKey)
    const key = this.#addon.deriveMessageKey(number, suite, messageId, commitKey)
    return { key: this.#handle(key), commitKey }
  }

  hkdfSha512(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, target: Uint8Array): void {
    check(this.#addon.hkdfSha512(ikm, salt, info, target))
  }

  xaesSeal(key: KeyHandle, nonce: Uint8Array, aad: Uint8Array, text: Uint8Array): void {
    check(this.#addon.xaesSeal(NativeKey.number(key), nonce, aad, text))
  }

  xaesOpen(key: KeyHandle, nonce: Uint8Array, aad: Uint8Array, text: Uint8Array): boolean {
    return check(this.#addon.xaesOpen(NativeKey.number(key), nonce, aad, text)) === 1
  }

  xaesCommitment(key: KeyHandle, nonce: Uint8Array): Uint8Array {
    const commitment = new Uint8Array(COMMITMENT_BYTES)
    check(this.#addon.xaesCommitment(NativeKey.number(key), nonce, commitment))
    return commitment
  }

  wrap(wrappingKey: KeyHandle, blob: Uint8Array, context: Uint8Array): void {
    check(this.#addon.wrap(NativeKey.number(wrappingKey), blob, context))
  }

  wrapKey(wrappingKey: KeyHandle, key: KeyHandle, blob: Uint8Array, context: Uint8Array): void {
    check(this.#addon.wrapKey(NativeKey.number(wrappingKey), NativeKey.number(key), blob, context))
  }

  unwrap(wrappingKey: KeyHandle, blob: Uint8Array, context: Uint8Array): boolean {
    return check(this.#addon.unwrap(NativeKey.number(wrappingKey), blob, context)) === 1
  }

  unwrapKey(wrappingKey: KeyHandle, blob: Uint8Array, context: Uint8Array): KeyHandle | undefined {
    const key = this.#addon.unwrapKey(NativeKey.number(wrappingKey), blob, context)
    return key === 0 ? undefined : this.#handle(key)
  }

  generateDataKeys(
    wrappingKey: KeyHandle,
    blobs: Uint8Array,
    blobBytes: number,
    context: Uint8Array,
    plain: Uint8Array | undefined,
  ): void {
    const number = NativeKey.number(wrappingKey)
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
    const number = NativeKey.number(wrappingKey)
    check(this.#addon.unwrapMany(number, blobs, blobEnds, contexts, contextEnds, opened))
  }

  #handle(key: KeyNumber): KeyHandle {
    return new NativeKey(this.#addon, check(key))
  }
}

/** The answer itself, unless it is a refusal. */
function check(answer: number): number {
  if (answer < 0) refuse(answer)
  return answer
}

function refuse(answer: number): never {
  if (answer === RELEASED) throw new SealtrailError('KeyReleased', 'the key was released')
  if (answer === ARENA_FULL) {
    throw new SealtrailError('EngineUnavailable', 'the native engine has no room for another key')
  }
  invariant(false, CLAIMS[answer] ?? `the native engine answers ${answer} to nothing`)
}

function isSharedKey(shared: unknown): shared is SharedKey {
  if (typeof shared !== 'object' || shared === null) return false
  const { arena, key } = shared as Partial<SharedKey>
  return typeof arena === 'number' && typeof key === 'number'
}
