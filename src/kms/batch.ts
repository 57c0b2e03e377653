/**
 * Many data keys, or many blobs, in one go: one crossing to the engine, one wait for the disk.
 *
 * Ours, not AWS's; each item counts and is recorded as the call that it stands for. The pool decides whether
 * a batch is worth a thread.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import { checkRange } from '../aws/constraints.js'
import { secretBytes, secretCopy } from '../bytes/secret.js'
import type { KeyHandle } from '../engine/engine.js'
import { isSealtrailError } from '../errors.js'
import { isArray, reading, unlike } from '../given.js'
import { Line } from '../pool/line.js'
import type { WrapBatch } from '../pool/pool.js'
import type { Call } from '../service/calls/call.js'
import type { CallContext } from '../service/calls/call-context.js'
import { type Service, valuesOf } from '../service/service.js'
import { blobBytes, blobText } from './blob/ciphertext-blob.js'
import { contextBytes, newBlobs } from './blob/wrapping.js'
import type { Lease } from './keys/material.js'
import type { InputOf } from './model/kms.js'
import { beginDecrypt, type Decrypted, type Decryption, decrypted } from './operations/crypto.js'
import { type DataKeyOutput, dataKeyBytes, dataKeyOutput } from './operations/data-keys.js'
import type { Parts } from './parts.js'
import { type ForRecipient, handOver, recipientOf } from './recipient/recipient.js'
import { dryRun } from './refusals.js'
import { decryptText, isSymmetric, type SymmetricKey } from './use/encryption-key.js'
import { notGenuine, wrapOutside } from './use/outside.js'
import { showMaterial } from './use/shown.js'
import { useKey } from './use/use-key.js'

export type GenerateDataKeysInput = InputOf<'GenerateDataKey'> & {
  /** 1 to 4,096. */
  readonly NumberOfKeys: number
}

const ITEMS_MAX = 4096
/** So many items at once before a proxy: each has its time there, and others have connections left. */
const AT_ONCE_MAX = 32

/** The work of one call of GenerateDataKey that counts as many. */
export async function generateDataKeys(
  parts: Parts,
  call: Call,
  input: InputOf<'GenerateDataKey'>,
  count: number,
): Promise<Array<DataKeyOutput | ForRecipient<DataKeyOutput, 'Plaintext'>>> {
  checkRange('NumberOfKeys', Number.isInteger(count) ? count : 0, 1, ITEMS_MAX)
  const recipient = recipientOf(parts, call, input.Recipient)
  const keyBytes = dataKeyBytes(input)
  // One of them has been counted.
  await parts.quotas?.take(call, count - 1)
  const context = contextBytes(input.EncryptionContext)
  const { KeyId: keyId, GrantTokens: grantTokens } = input
  const attested = recipient?.attested
  const use = { keyId, context: input.EncryptionContext, grantTokens, attested }
  const lease = await useKey(parts, call, use)
  const size = blobBytes(keyBytes)
  const blobs = newBlobs(lease, keyBytes, count)
  const plain = secretBytes(count * keyBytes)
  const batch = { wrappingKey: lease.handle, blobs, blobBytes: size, context, plain }
  const keys: Uint8Array[] = []
  try {
    const wrapped = await wrapAll(parts, call, lease, batch).finally(() => lease.release())
    showMaterial(call, lease)
    const output = wrapped.map((blob, i) => {
      const Plaintext = secretCopy(plain.subarray(i * keyBytes, (i + 1) * keyBytes))
      keys.push(Plaintext)
      const handed = handOver(parts, call, recipient, 'Plaintext', Plaintext)
      return { ...dataKeyOutput(lease, blob), ...handed }
    })
    if (input.DryRun) throw dryRun()
    await call.succeedMany(Array.from({ length: count }, () => call.successRecords()).flat())
    return output
  } catch (error) {
    for (const key of keys) key.fill(0)
    throw error
  } finally {
    plain.fill(0)
  }
}

/** The blobs one by one; a proxy wraps some at once. When this ends, nothing of it is under way. */
async function wrapAll(
  parts: Parts,
  call: Call,
  lease: Lease,
  batch: WrapBatch,
): Promise<Uint8Array[]> {
  await parts.pool.wrapMany(batch)
  const { blobs, blobBytes: size, context } = batch
  if (lease.key.external === undefined) {
    return Array.from({ length: blobs.length / size }, (_, i) =>
      blobs.slice(i * size, (i + 1) * size),
    )
  }
  const wrapped: Uint8Array[] = []
  for (let start = 0; start < blobs.length; start += AT_ONCE_MAX * size) {
    const end = Math.min(blobs.length, start + AT_ONCE_MAX * size)
    const wrapping: Promise<Uint8Array>[] = []
    for (let at = start; at < end; at += size) {
      wrapping.push(wrapOutside(parts, call, lease, blobs.slice(at, at + size), context))
    }
    await Promise.allSettled(wrapping)
    wrapped.push(...(await Promise.all(wrapping)))
  }
  return wrapped
}

/** One blob on its way: what it waits with, and then how it ended. */
interface Item {
  readonly call: Call
  readonly isDryRun: boolean
  readonly waiting?: Decryption
  error?: unknown
  output?: Decrypted
}

type WaitingItem = Item & { readonly waiting: Decryption & { readonly blob: Uint8Array } }
type SymmetricItem = WaitingItem & { readonly waiting: { readonly key: SymmetricKey } }

/**
 * @throws SealtrailError `InputInvalid` for no array, `ValidationException` for more than 4,096 items; as the store
 * does.
 */
export async function decryptMany(
  parts: Parts,
  service: Service<Parts>,
  inputs: readonly unknown[],
  context: CallContext,
): Promise<Array<PromiseSettledResult<Decrypted>>> {
  if (!isArray(inputs)) throw unlike('inputs', 'an array', inputs)
  if (inputs.length === 0) return []
  checkRange('Inputs', inputs.length, 1, ITEMS_MAX)
  // Where that fails, so does all; what stands in front of a call is each one's own.
  await parts.schedule.catchUp()
  const given = reading('inputs', () => Array.from(inputs))
  const line = new Line(AT_ONCE_MAX, Number.POSITIVE_INFINITY)
  const preparing = given.map((input) =>
    line.pass(0, () => prepare(parts, service, context, input)),
  )
  const items = await prepared(preparing)
  try {
    await openAll(parts, items.filter(isWaiting))
    await parts.store.commit({ records: items.flatMap(recordsOf) })
    return items.map(resultOf)
  } catch (error) {
    for (const { output } of items) wipe(output)
    throw error
  } finally {
    for (const { waiting } of items) waiting?.key.lease.release()
  }
}

/** A refusal is the item's own; a mistake of ours ends the batch. */
async function prepare(
  parts: Parts,
  service: Service<Parts>,
  context: CallContext,
  given: unknown,
): Promise<Item> {
  const call = service.begin('Decrypt', context)
  try {
    const taken = valuesOf(given)(service.api.operation('Decrypt')!)
    call.takes(taken)
    const passing = service.pass(call)
    if (passing !== undefined) await passing
    const input = taken.input as InputOf<'Decrypt'>
    const waiting = await beginDecrypt(parts, call, input)
    if (waiting.blob !== undefined) return { call, isDryRun: input.DryRun ?? false, waiting }
    const { key } = waiting
    if (isSymmetric(key)) showMaterial(call, key.lease)
    key.lease.release()
    return { call, isDryRun: true, error: dryRun() }
  } catch (error) {
    if (!isSealtrailError(error)) throw error
    return { call, isDryRun: false, error }
  }
}

/** All of them; where one fails as a whole, what the others hold is let go. */
async function prepared(preparing: ReadonlyArray<Promise<Item>>): Promise<Item[]> {
  try {
    return await Promise.all(preparing)
  } catch (error) {
    for (const one of await Promise.allSettled(preparing)) {
      if (one.status === 'fulfilled') one.value.waiting?.key.lease.release()
    }
    throw error
  }
}

/** Blobs under the same material go to the engine together. When this ends, nothing of it is under way. */
async function openAll(parts: Parts, items: readonly WaitingItem[]): Promise<void> {
  const groups = new Map<KeyHandle, SymmetricItem[]>()
  for (const item of items) {
    if (!isSymmetricItem(item)) {
      await openOne(parts, item)
      continue
    }
    const { handle } = item.waiting.key.lease
    const group = groups.get(handle)
    if (group === undefined) groups.set(handle, [item])
    else group.push(item)
  }
  const opening = [...groups].map(([handle, group]) => openGroup(parts, handle, group))
  await Promise.allSettled(opening)
  await Promise.all(opening)
}

/** By a private key, which takes milliseconds: others have their turn in between. */
async function openOne(parts: Parts, item: WaitingItem): Promise<void> {
  await setImmediate()
  const { key, blob } = item.waiting
  try {
    answer(parts, item, decryptText(parts.engines.small, key, blob))
  } catch (error) {
    if (!isSealtrailError(error)) throw error
    item.error = error
  }
}

async function openGroup(
  parts: Parts,
  handle: KeyHandle,
  group: readonly SymmetricItem[],
): Promise<void> {
  const blobs = concat(group.map(({ waiting }) => waiting.blob))
  const contexts = concat(group.map(({ waiting }) => waiting.key.context))
  try {
    const opened = await parts.pool.unwrapMany({
      wrappingKey: handle,
      blobs: blobs.bytes,
      blobEnds: blobs.ends,
      contexts: contexts.bytes,
      contextEnds: contexts.ends,
    })
    let start = 0
    group.forEach((item, i) => {
      const end = blobs.ends[i]!
      if (opened[i] !== 1) item.error = notGenuine(item.waiting.key.lease)
      else answer(parts, item, secretCopy(blobText(blobs.bytes.subarray(start, end))))
      start = end
    })
  } finally {
    blobs.bytes.fill(0)
  }
}

/** Of a blob that is open. */
function answer(parts: Parts, item: WaitingItem, plain: Uint8Array): void {
  const { call, waiting } = item
  showMaterial(call, waiting.key.lease)
  try {
    item.output = decrypted(parts, call, waiting, plain)
    if (item.isDryRun) throw dryRun()
  } catch (error) {
    wipe(item.output)
    if (!isSealtrailError(error)) throw error
    item.error = error
  }
}

function wipe(output: Decrypted | undefined): void {
  if (output !== undefined && 'Plaintext' in output) output.Plaintext.fill(0)
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
  const bytes = secretBytes(end)
  pieces.forEach((piece, i) => {
    bytes.set(piece, ends[i]! - piece.length)
  })
  return { bytes, ends }
}

function recordsOf({ call, error }: Item): string[] {
  return error === undefined ? call.successRecords() : call.failureRecords(error)
}

function resultOf({ error, output }: Item): PromiseSettledResult<Decrypted> {
  if (error !== undefined) return { status: 'rejected', reason: error }
  return { status: 'fulfilled', value: output! }
}

function isWaiting(item: Item): item is WaitingItem {
  return item.waiting?.blob !== undefined
}

function isSymmetricItem(item: WaitingItem): item is SymmetricItem {
  return isSymmetric(item.waiting.key)
}
