/**
 * Data keys under KMS keys, given and recovered as handles: no byte of them passes through JavaScript.
 *
 * GenerateDataKey and Decrypt like any other, recorded as such and refused as such, with a handle in the place of
 * Plaintext. Whoever asks for data keys inside this process asks here: keyrings (keyring.ts), and S3 in the name of its
 * callers.
 *
 * @module
 */
import type { Engine, KeyHandle } from '../engine/engine.js'
import { handOver } from '../engine/hand-over.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import { invalidCiphertext } from '../message/keyring.js'
import type { Call } from '../service/calls/call.js'
import type { CallContext } from '../service/calls/call-context.js'
import { type Service, valuesOf } from '../service/service.js'
import { contextBytes, wrapHandle } from './blob/wrapping.js'
import type { InputOf } from './model/kms.js'
import type { Parts } from './parts.js'
import { SYMMETRIC } from './specs/key-specs.js'
import { showMaterial } from './use/shown.js'
import { useKey } from './use/use-key.js'

/** A fresh data key under a KMS key. */
export interface HandledDataKey {
  /** Whoever asked releases it. */
  readonly dataKey: KeyHandle
  /** Of the KMS key. */
  readonly keyArn: string
  /** A CiphertextBlob. */
  readonly ciphertext: Uint8Array
}

export interface DataKeyQuestion {
  /** In any of the four forms. */
  readonly keyId: string
  readonly encryptionContext: EncryptionContext
}

export interface WrappedDataKey {
  /** Where the key lies; which of its account's keys it is, the blob says. */
  readonly keyArn: string
  readonly ciphertext: Uint8Array
  readonly encryptionContext: EncryptionContext
}

export class DataKeyHandles {
  readonly #parts: Parts
  readonly #service: Service<Parts>

  constructor(parts: Parts, service: Service<Parts>) {
    this.#parts = parts
    this.#service = service
  }

  /**
   * The data key will live in `engine`. Its record is durable, unless `by` takes it along (service/calls/call.ts).
   * @throws SealtrailError as GenerateDataKey does.
   */
  generate(
    context: CallContext,
    question: DataKeyQuestion,
    engine: Engine,
    by?: Call,
  ): Promise<HandledDataKey> {
    const read = valuesOf(inputOf(question))
    return this.#service.perform('GenerateDataKey', read, context, (call, checked) =>
      generate(this.#parts, call, checked as InputOf<'GenerateDataKey'>, engine, by),
    )
  }

  /**
   * Whether {@link generate} would give a data key now: nothing is made, and nothing recorded.
   * @throws SealtrailError as GenerateDataKey does.
   */
  async check(context: CallContext, question: DataKeyQuestion): Promise<void> {
    const call = this.#service.begin('GenerateDataKey', context)
    const input = inputOf(question)
    call.takes(valuesOf(input)(call.shape))
    const lease = await useKey(this.#parts, call, {
      keyId: input.KeyId,
      context: input.EncryptionContext,
    })
    lease.release()
  }

  /** The data key in `engine`; whoever asked releases it. @throws SealtrailError as Decrypt does. */
  async open(
    context: CallContext,
    { keyArn, ciphertext, encryptionContext }: WrappedDataKey,
    engine: Engine,
  ): Promise<KeyHandle> {
    // The record shows no key id, as with S3's reads: the blob names its key.
    const input = { CiphertextBlob: ciphertext, EncryptionContext: encryptionContext }
    return await this.#service.perform('Decrypt', valuesOf(input), context, (call, checked) =>
      unwrap(this.#parts, call, checked as InputOf<'Decrypt'>, keyArn, engine),
    )
  }
}

function inputOf({ keyId, encryptionContext }: DataKeyQuestion) {
  return { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: encryptionContext }
}

async function generate(
  parts: Parts,
  call: Call,
  input: InputOf<'GenerateDataKey'>,
  engine: Engine,
  by: Call | undefined,
): Promise<HandledDataKey> {
  const { small } = parts.engines
  const context = contextBytes(input.EncryptionContext)
  const lease = await useKey(parts, call, {
    keyId: input.KeyId,
    context: input.EncryptionContext,
  })
  let made: KeyHandle | undefined
  let dataKey: KeyHandle
  let ciphertext: Uint8Array
  try {
    made = small.generateKey()
    ciphertext = wrapHandle(small, lease, made, context)
    showMaterial(call, lease)
    dataKey = handOver(made, small, engine)
  } finally {
    made?.release()
    lease.release()
  }
  if (by === undefined) await recordOrRelease(call, dataKey)
  else call.succeedWith(by)
  return { dataKey, keyArn: lease.key.arn, ciphertext }
}

async function unwrap(
  parts: Parts,
  call: Call,
  input: InputOf<'Decrypt'>,
  keyId: string,
  engine: Engine,
): Promise<KeyHandle> {
  const { small } = parts.engines
  const blob = input.CiphertextBlob!
  const context = contextBytes(input.EncryptionContext)
  call.showDefault('encryptionAlgorithm', SYMMETRIC)
  const lease = await useKey(parts, call, { keyId, blob, context: input.EncryptionContext })
  let opened: KeyHandle | undefined
  let dataKey: KeyHandle
  try {
    opened = small.unwrapKey(lease.handle, blob, context)
    if (opened === undefined) throw invalidCiphertext()
    showMaterial(call, lease)
    dataKey = handOver(opened, small, engine)
  } finally {
    opened?.release()
    lease.release()
  }
  await recordOrRelease(call, dataKey)
  return dataKey
}

async function recordOrRelease(call: Call, dataKey: KeyHandle): Promise<void> {
  try {
    await call.succeed()
  } catch (error) {
    dataKey.release()
    throw error
  }
}
