/**
 * The engine that runs anywhere: AssemblyScript compiled to Wasm with SIMD128, constant-time (wasm/README.md).
 *
 * Loads the module; the work is in the files beside it (gcm, blob, hkdf, over one machine), shapes and handles are
 * compose.ts.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import type { Body } from '../body.js'
import { composeEngine } from '../compose.js'
import { type Engine, KEY_BYTES } from '../engine.js'
import { commitment, unwrap, unwrapKey, wrap } from './blob.js'
import { openText, sealText } from './gcm.js'
import { deriveMessageKey } from './hkdf.js'
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
  /** A key is the address of its slot. */
  const body: Body<number> = {
    name: 'wasm',
    features: ['simd128'],
    importKey: (bytes) => machine.importKey(bytes),
    generateKey() {
      const slot = machine.takeSlot()
      machine.calls.takeKey(slot, machine.drawRandom(KEY_BYTES))
      return slot
    },
    cloneKey: (slot) => machine.cloneKey(slot),
    releaseKey: (slot) => machine.releaseSlot(slot),
    claimOf(slot) {
      // In memory that both threads see, so that posting the ticket copies nothing.
      const bytes = new Uint8Array(new SharedArrayBuffer(KEY_BYTES))
      bytes.set(machine.keyBytes(slot))
      return bytes
    },
    keyOf(claim) {
      invariant(isKey(claim), 'the wasm engine shares 32 bytes')
      const slot = machine.importKey(claim)
      claim.fill(0)
      return slot
    },
    wipeClaim(claim) {
      invariant(isKey(claim), 'the wasm engine shares 32 bytes')
      claim.fill(0)
    },
    randomFill: (target) => machine.randomFill(target),
    sealText: (slot, nonce, aad, source, target, tag) =>
      sealText(machine, { slot, nonce, aad }, source, target, tag),
    openText: (slot, nonce, aad, source, target, tag) =>
      openText(machine, { slot, nonce, aad }, source, target, tag),
    deriveMessageKey: (slot, suite, messageId) => deriveMessageKey(machine, slot, suite, messageId),
    xaesCommitment: (slot, nonce) => commitment(machine, slot, nonce),
    wrap: (slot, blob, context) => wrap(machine, slot, blob, context),
    wrapKey: (slot, inner, blob, context) => wrap(machine, slot, blob, context, inner),
    unwrap: (slot, blob, context) => unwrap(machine, slot, blob, context),
    unwrapKey: (slot, blob, context) => unwrapKey(machine, slot, blob, context),
  }
  return composeEngine(body)
}

function isKey(claim: unknown): claim is Uint8Array {
  return claim instanceof Uint8Array && claim.length === KEY_BYTES
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
