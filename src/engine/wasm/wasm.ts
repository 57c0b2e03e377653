/**
 * The engine that runs anywhere: AssemblyScript compiled to Wasm with SIMD128, constant-time (wasm/README.md).
 *
 * Loads the module; shapes of texts are checked and handles resolved here and in the files beside it: key, gcm,
 * frames, blob and hkdf, over one machine.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { type Engine, type KeyHandle, NONCE_BYTES, TAG_BYTES, XAES_NONCE_BYTES } from '../engine.js'
import { withWholeMessages } from '../whole-message.js'
import { commitment, generateDataKeys, unwrap, unwrapKey, unwrapMany, wrap } from './blob.js'
import { openFrames, sealFrames } from './frames.js'
import { openText, sealText, type WasmText } from './gcm.js'
import { deriveMessageKey, hkdfSha512 } from './hkdf.js'
import { adoptKey, exportKey, generateKey, importKey, shareKey, WasmKey } from './key.js'
import { type WasmCalls, WasmMachine } from './machine.js'

/** The part of the global that is used here; Node's types do not have it. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { readonly exports: unknown }
}

const MODULE = new URL('../../../wasm/sealtrail.wasm', import.meta.url)
/** A module of one function that uses a v128. */
const SIMD_PROBE = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15,
  253, 98, 11,
])

/** @throws SealtrailError `EngineUnavailable` when the module is not built or this Node has no Wasm SIMD. */
export function openWasmEngine(): Engine {
  const machine = new WasmMachine(loadCalls())
  const slotOf = (key: KeyHandle) => WasmKey.slotOf(machine, key)
  return withWholeMessages({
    name: 'wasm',
    features: ['simd128'],
    importKey: (bytes) => importKey(machine, bytes),
    generateKey: () => generateKey(machine),
    exportKey: (key, target) => exportKey(machine, key, target),
    shareKey: (key) => shareKey(machine, key),
    adoptKey: (shared) => adoptKey(machine, shared),
    randomFill: (target) => machine.randomFill(target),
    seal(key, nonce, aad, text, tag) {
      invariant(nonce.length === NONCE_BYTES, 'a nonce has 12 bytes')
      sealInPlace(machine, { slot: slotOf(key), nonce, aad }, text, tag)
    },
    open(key, nonce, aad, text, tag) {
      invariant(nonce.length === NONCE_BYTES, 'a nonce has 12 bytes')
      return openInPlace(machine, { slot: slotOf(key), nonce, aad }, text, tag)
    },
    sealFrames: (key, run, plain, sealed) => sealFrames(machine, slotOf(key), run, plain, sealed),
    openFrames: (key, run, sealed, plain) => openFrames(machine, slotOf(key), run, sealed, plain),
    deriveMessageKey: (dataKey, suite, messageId) =>
      deriveMessageKey(machine, slotOf(dataKey), suite, messageId),
    hkdfSha512: (ikm, salt, info, target) => hkdfSha512(machine, ikm, salt, info, target),
    xaesSeal(key, nonce, aad, text) {
      invariant(nonce.length === XAES_NONCE_BYTES, 'an XAES nonce has 24 bytes')
      sealInPlace(machine, { slot: slotOf(key), nonce, aad }, text, undefined)
    },
    xaesOpen(key, nonce, aad, text) {
      invariant(nonce.length === XAES_NONCE_BYTES, 'an XAES nonce has 24 bytes')
      return openInPlace(machine, { slot: slotOf(key), nonce, aad }, text, undefined)
    },
    xaesCommitment: (key, nonce) => commitment(machine, slotOf(key), nonce),
    wrap: (wrappingKey, blob, context) => wrap(machine, slotOf(wrappingKey), blob, context),
    wrapKey: (wrappingKey, key, blob, context) =>
      wrap(machine, slotOf(wrappingKey), blob, context, slotOf(key)),
    unwrap: (wrappingKey, blob, context) => unwrap(machine, slotOf(wrappingKey), blob, context),
    unwrapKey(wrappingKey, blob, context) {
      const slot = unwrapKey(machine, slotOf(wrappingKey), blob, context)
      return slot === undefined ? undefined : new WasmKey(machine, slot)
    },
    generateDataKeys: (wrappingKey, blobs, blobBytes, context, plain) =>
      generateDataKeys(machine, slotOf(wrappingKey), blobs, blobBytes, context, plain),
    unwrapMany: (wrappingKey, ...batch) => unwrapMany(machine, slotOf(wrappingKey), ...batch),
  })
}

function sealInPlace(
  machine: WasmMachine,
  call: WasmText,
  text: Uint8Array,
  tag: Uint8Array | undefined,
): void {
  const parts = split(text, tag)
  sealText(machine, call, parts.text, parts.text, parts.tag)
}

function openInPlace(
  machine: WasmMachine,
  call: WasmText,
  text: Uint8Array,
  tag: Uint8Array | undefined,
): boolean {
  const parts = split(text, tag)
  if (openText(machine, call, parts.text, parts.text, parts.tag)) return true
  text.fill(0)
  return false
}

/** A tag of its own, or the last 16 bytes of the text. */
function split(text: Uint8Array, tag: Uint8Array | undefined) {
  if (tag !== undefined) return { text, tag }
  invariant(text.length >= TAG_BYTES, 'text without a tag of its own has room for one')
  const end = text.length - TAG_BYTES
  return { text: text.subarray(0, end), tag: text.subarray(end) }
}

function loadCalls(): WasmCalls {
  if (!WebAssembly.validate(SIMD_PROBE)) {
    throw unavailable('the wasm engine needs WebAssembly with SIMD, which this Node does not have')
  }
  let bytes: Uint8Array
  try {
    bytes = readFileSync(MODULE)
  } catch (cause) {
    const sentence =
      'the wasm engine is not built: wasm/sealtrail.wasm cannot be read (npm run build)'
    throw unavailable(sentence, cause)
  }
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as WasmCalls
  } catch (cause) {
    throw unavailable('the wasm engine does not load: wasm/sealtrail.wasm is damaged', cause)
  }
}

function unavailable(sentence: string, cause?: unknown): SealtrailError {
  return new SealtrailError('EngineUnavailable', sentence, { engine: 'wasm' }, { cause })
}
