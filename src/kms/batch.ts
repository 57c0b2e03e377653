/**
 * Many data keys, or many blobs, in one go: one crossing to the engine, one wait for the disk.
 *
 * Ours, not AWS's; each item counts and is recorded as the call that it stands for. The pool decides whether
 * a batch is worth a thread.
 *
 * @module
 */
import type { CompiledQuery } from 'kysely'
import type { KeyHandle } from '../engine/engine.js'
import { isSealtrailError } from '../errors.js'
import { isArray, unlike } from '../given.js'
import type { Lease } from './cached-key.js'
import { Call, type CallContext } from './call.js'
import { blobBytes, blobText } from './ciphertext-blob.js'
import type { Perform } from './keyring.js'
import type { InputOf } from './model-types.js'
import { type DecryptOutput, findSource } from './operations/crypto.js'
import { type DataKeyOutput, dataKeyBytes } from './operations/data-keys.js'
import {
  dryRun,
  findKey,
  invalidCiphertext,
  leaseFor,
  type Parts,
  refuseGrantTokens,
  refuseRecipient,
  SYMMETRIC,
} from './operations/parts.js'
import { checkRange, validateInput } from './validate.js'
import { takeInput } from './wire.js'
import { contextBytes, newBlobs } from './wrapping.js'

export type GenerateDataKeysInput = InputOf<'GenerateDataKey'> & {
  /** 1 to 4,096. */
  readonly NumberOfKeys: number
}

const ITEMS_MAX = 4096

export async function generateDataKeys(
  parts: Parts,
  input: GenerateDataKeysInput,
  perform: Perform,
): Promise<DataKeyOutput[]> {
  return await perform('GenerateDataKey', input, async (call, checked) => {
    const count = input.NumberOfKeys
    checkRange('NumberOfKeys', Number.isInteger(count) ? count : 0, 1, ITEMS_MAX)
    refuseRecipient(checked.Recipient)
    refuseGrantTokens(checked.GrantTokens)
    const keyBytes = dataKeyBytes(checked)
    const context = contextBytes(checked.EncryptionContext)
    const lease = leaseFor(call, await findKey(parts, call, checked.KeyId))
    const size = blobBytes(keyBytes)
    const blobs = newBlobs(lease, keyBytes, count)
    const plain = new Uint8Array(count * keyBytes)
    const batch = { wrappingKey: lease.handle, blobs, blobBytes: size, context, plain }
    try {
      await parts.pool.wrapMany(batch).finally(() => lease.release())
      if (checked.DryRun) throw dryRun()
      await call.succeedMany(Array.from({ length: count }, () => call.successRecord()))
    } catch (error) {
      plain.fill(0)
      throw error
    }
    const { key, materialId } = lease
    return Array.from({ length: count }, (_, i) => ({
      CiphertextBlob: blobs.slice(i * size, (i + 1) * size),
      Plaintext: plain.subarray(i * keyBytes, (i + 1) * keyBytes),
      KeyId: key.arn,
      KeyMaterialId: materialId,
    }))
  })
}

/** One blob on its way: what it waits with, and then how it ended. */
interface Item {
  readonly call: Call
  readonly isDryRun: boolean
  readonly waiting?: {
    readonly lease: Lease
    readonly blob: Uint8Array
    readonly context: Uint8Array
  }
  error?: unknown
  plain?: Uint8Array
}

type WaitingItem = Item & Required<Pick<Item, 'waiting'>>

/** @throws SealtrailError `InputInvalid` for no array, `ValidationException` for more than 4,096 items; as the store does. */
export async function decryptMany(
  parts: Parts,
  inputs: ReadonlyArray<InputOf<'Decrypt'>>,
  context: CallContext,
): Promise<Array<PromiseSettledResult<DecryptOutput>>> {
  if (!isArray(inputs)) throw unlike('inputs', 'an array', inputs)
  if (inputs.length === 0) return []
  checkRange('Inputs', inputs.length, 1, ITEMS_MAX)
  await parts.keys.deleteDue()
  const items = await Promise.all(Array.from(inputs, (input) => prepare(parts, input, context)))
  try {
    for (const { error } of items) if (error !== undefined && !isTold(error)) throw error
    await openAll(parts, items.filter(isWaiting))
    await parts.store.commit(items.map(recordOf))
    return items.map(resultOf)
  } catch (error) {
    for (const { plain } of items) plain?.fill(0)
    throw error
  } finally {
    for (const { waiting } of items) waiting?.lease.release()
  }
}

async function prepare(
  parts: Parts,
  given: InputOf<'Decrypt'>,
  callContext: CallContext,
): Promise<Item> {
  const call = new Call('Decrypt', true, callContext, parts)
  try {
    const input = takeInput('Decrypt', given) as InputOf<'Decrypt'>
    validateInput('Decrypt', input)
    call.showInput(input)
    call.showDefault('encryptionAlgorithm', SYMMETRIC)
    const context = contextBytes(input.EncryptionContext)
    refuseGrantTokens(input.GrantTokens)
    refuseRecipient(input.Recipient)
    const { cached, version, blob } = await findSource(parts, call, input)
    const lease = leaseFor(call, cached, input.EncryptionAlgorithm, version)
    if (blob !== undefined) {
      return { call, isDryRun: input.DryRun ?? false, waiting: { lease, blob, context } }
    }
    lease.release()
    return { call, isDryRun: true, error: dryRun() }
  } catch (error) {
    return { call, isDryRun: false, error }
  }
}

/** Blobs under the same material go to the engine together. When this ends, nothing of it is under way. */
async function openAll(parts: Parts, items: readonly WaitingItem[]): Promise<void> {
  const groups = new Map<KeyHandle, WaitingItem[]>()
  for (const item of items) {
    const { handle } = item.waiting.lease
    const group = groups.get(handle)
    if (group === undefined) groups.set(handle, [item])
    else group.push(item)
  }
  const opening = [...groups].map(([handle, group]) => openGroup(parts, handle, group))
  await Promise.allSettled(opening)
  await Promise.all(opening)
}

async function openGroup(
  parts: Parts,
  handle: KeyHandle,
  group: readonly WaitingItem[],
): Promise<void> {
  const blobs = concat(group.map(({ waiting }) => waiting.blob))
  const contexts = concat(group.map(({ waiting }) => waiting.context))
  try {
    const { opened } = await parts.pool.unwrapMany({
      wrappingKey: handle,
      blobs: blobs.bytes,
      blobEnds: blobs.ends,
      contexts: contexts.bytes,
      contextEnds: contexts.ends,
    })
    let start = 0
    group.forEach((item, i) => {
      const end = blobs.ends[i]!
      if (opened[i] !== 1) item.error = invalidCiphertext()
      else if (item.isDryRun) item.error = dryRun()
      else item.plain = blobText(blobs.bytes.subarray(start, end)).slice()
      start = end
    })
  } finally {
    blobs.bytes.fill(0)
  }
}

interface Run {
  readonly bytes: Uint8Array
  readonly ends: Uint32Array
}

/** Parts side by side, and where each ends. */
function concat(pieces: readonly Uint8Array[]): Run {
  const ends = new Uint32Array(pieces.length)
  let end = 0
  pieces.forEach((piece, i) => {
    end += piece.length
    ends[i] = end
  })
  const bytes = new Uint8Array(end)
  pieces.forEach((piece, i) => {
    bytes.set(piece, ends[i]! - piece.length)
  })
  return { bytes, ends }
}

function recordOf({ call, error }: Item): CompiledQuery {
  return error === undefined ? call.successRecord() : call.failureRecord(error)
}

function resultOf({ error, plain, waiting }: Item): PromiseSettledResult<DecryptOutput> {
  if (error !== undefined) return { status: 'rejected', reason: error }
  const { key, materialId } = waiting!.lease
  const value = {
    KeyId: key.arn,
    Plaintext: plain!,
    EncryptionAlgorithm: SYMMETRIC,
    KeyMaterialId: materialId,
  } as const
  return { status: 'fulfilled', value }
}

function isWaiting(item: Item): item is WaitingItem {
  return item.waiting !== undefined
}

/** True for what the caller did; a store that fails and our own mistakes end the whole batch. */
function isTold(error: unknown): boolean {
  return isSealtrailError(error) && error.fault === 'client'
}
