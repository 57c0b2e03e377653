/**
 * How fast is one data key wrapped, alone and in batches?
 *
 * Ours is the full blob of docs/FORMAT.md §3: a fresh 24-byte nonce, a one-time key, the commitment, AES-256-GCM
 * over 80 bytes and a context of 200. The lines to beat do less: node:crypto's plain AES-256-GCM under a KeyObject, with
 * the context as AAD and a random 96-bit IV: one asked for each time, as most do, and one cut from random bytes that were
 * asked for at once, as node's own randomUUID does. Batches hold 256; ours make the data keys, too.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import { BLOB_OVERHEAD_BYTES, BLOB_TEXT_OFFSET, type Engine } from '../../engine/engine.js'
import type { Contender } from '../contest.js'
import { usableEngines } from '../engines.js'
import type { Held, Needs } from '../question.js'

const WRAPPING_KEY = new Uint8Array(32).fill(1)
const DATA_KEY = new Uint8Array(32).fill(2)
const CONTEXT = new Uint8Array(200).fill(3)
const BLOB_BYTES = BLOB_OVERHEAD_BYTES + DATA_KEY.length
const BATCH = 256
const IV_BYTES = 12
const POOL_IVS = 128
const POOLED = 'node:crypto, IVs from a pool'
const TAG_BYTES = 16
const WHAT = `a ${DATA_KEY.length}-byte key under a context of ${CONTEXT.length} bytes`

const secret = createSecretKey(WRAPPING_KEY)

export async function* contests(needs: Needs): AsyncGenerator<Held> {
  const engines = usableEngines(needs)
  const baselines = ['node:crypto', POOLED]
  yield {
    ...{ title: `wrap ${WHAT}`, baselines },
    contenders: [
      ...engines.flatMap((engine) => [wrapper(engine), batchWrapper(engine)]),
      plainWrapper('node:crypto', () => randomBytes(IV_BYTES)),
      plainWrapper(POOLED, ivFromPool),
    ],
  }
  const wrapped = plainWrap(randomBytes(IV_BYTES))
  const run = () => plainUnwrap(wrapped)
  yield {
    ...{ title: `unwrap ${WHAT}`, baselines: ['node:crypto'] },
    contenders: [
      ...engines.flatMap((engine) => [unwrapper(engine), batchUnwrapper(engine)]),
      { name: 'node:crypto', answer: run, run },
    ],
  }
}

function wrapper(engine: Engine): Contender {
  const key = engine.importKey(WRAPPING_KEY)
  const wrap = () => {
    const blob = new Uint8Array(BLOB_BYTES)
    blob.set(DATA_KEY, BLOB_TEXT_OFFSET)
    engine.wrap(key, blob, CONTEXT)
    return blob
  }
  return {
    name: engine.name,
    answer: () => {
      const blob = wrap()
      if (!engine.unwrap(key, blob, CONTEXT)) throw new Error('does not unwrap')
      return textOf(blob)
    },
    run: wrap,
  }
}

function batchWrapper(engine: Engine): Contender {
  const key = engine.importKey(WRAPPING_KEY)
  const blobs = new Uint8Array(BATCH * BLOB_BYTES)
  const plain = new Uint8Array(BATCH * DATA_KEY.length)
  const run = () => engine.generateDataKeys(key, blobs, BLOB_BYTES, CONTEXT, plain)
  return {
    name: `${engine.name}, batch of ${BATCH}`,
    // Data keys are random here: what must hold is that each blob gives the key beside it.
    answer: () => {
      run()
      for (let i = 0; i < BATCH; i++) {
        const blob = blobs.slice(i * BLOB_BYTES, (i + 1) * BLOB_BYTES)
        const isOpened = engine.unwrap(key, blob, CONTEXT)
        const own = plain.subarray(i * DATA_KEY.length, (i + 1) * DATA_KEY.length)
        if (!isOpened || Buffer.compare(textOf(blob), own) !== 0) throw new Error('does not unwrap')
      }
      return DATA_KEY
    },
    run,
    opsPerRun: BATCH,
  }
}

function unwrapper(engine: Engine): Contender {
  const key = engine.importKey(WRAPPING_KEY)
  const wrapped = new Uint8Array(BLOB_BYTES)
  wrapped.set(DATA_KEY, BLOB_TEXT_OFFSET)
  engine.wrap(key, wrapped, CONTEXT)
  const unwrap = () => {
    const blob = wrapped.slice()
    if (!engine.unwrap(key, blob, CONTEXT)) throw new Error('does not unwrap')
    return textOf(blob)
  }
  return { name: engine.name, answer: unwrap, run: unwrap }
}

function batchUnwrapper(engine: Engine): Contender {
  const key = engine.importKey(WRAPPING_KEY)
  const wrapped = new Uint8Array(BATCH * BLOB_BYTES)
  const contexts = new Uint8Array(BATCH * CONTEXT.length)
  for (let i = 0; i < BATCH; i++) {
    const blob = wrapped.subarray(i * BLOB_BYTES, (i + 1) * BLOB_BYTES)
    blob.set(DATA_KEY, BLOB_TEXT_OFFSET)
    engine.wrap(key, blob, CONTEXT)
    contexts.set(CONTEXT, i * CONTEXT.length)
  }
  const blobEnds = Uint32Array.from({ length: BATCH }, (_, i) => (i + 1) * BLOB_BYTES)
  const contextEnds = Uint32Array.from({ length: BATCH }, (_, i) => (i + 1) * CONTEXT.length)
  const opened = new Uint8Array(BATCH)
  const unwrap = () => {
    const blobs = wrapped.slice()
    engine.unwrapMany(key, blobs, blobEnds, contexts, contextEnds, opened)
    if (opened.includes(0)) throw new Error('does not unwrap')
    return blobs
  }
  return {
    name: `${engine.name}, batch of ${BATCH}`,
    answer: () => textOf(unwrap().subarray(-BLOB_BYTES)),
    run: unwrap,
    opsPerRun: BATCH,
  }
}

function textOf(blob: Uint8Array): Uint8Array {
  return blob.subarray(BLOB_TEXT_OFFSET, BLOB_TEXT_OFFSET + DATA_KEY.length)
}

function plainWrapper(name: string, newIv: () => Buffer): Contender {
  const run = () => plainWrap(newIv())
  return { name, answer: () => plainUnwrap(run()), run }
}

let pool = Buffer.alloc(0)

function ivFromPool(): Buffer {
  if (pool.length === 0) pool = randomBytes(POOL_IVS * IV_BYTES)
  const iv = pool.subarray(0, IV_BYTES)
  pool = pool.subarray(IV_BYTES)
  return iv
}

function plainWrap(iv: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', secret, iv)
  cipher.setAAD(CONTEXT)
  return Buffer.concat([iv, cipher.update(DATA_KEY), cipher.final(), cipher.getAuthTag()])
}

function plainUnwrap(wrapped: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', secret, wrapped.subarray(0, IV_BYTES))
  decipher.setAAD(CONTEXT)
  decipher.setAuthTag(wrapped.subarray(-TAG_BYTES))
  const plain = decipher.update(wrapped.subarray(IV_BYTES, -TAG_BYTES))
  decipher.final()
  return plain
}
