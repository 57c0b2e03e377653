/**
 * An engine made of a few calls: the shapes are checked and the handles resolved here, once for every engine that
 * has a body in JavaScript's reach.
 *
 * Frames are in frames.ts, messages in message.ts, handles in key-handles.ts, tickets in ticket.ts. The bodies are in
 * wasm/ and node/; the addon checks for itself (native/src/door.rs), and refuses the same.
 *
 * @module
 */
import { secretBytes } from '../bytes/secret.js'
import { invariant } from '../invariant.js'
import type { Body } from './body.js'
import {
  BLOB_BYTES_MAX,
  BLOB_OVERHEAD_BYTES,
  BLOB_TEXT_OFFSET,
  CONTEXT_BYTES_MAX,
  DATA_KEY_BYTES_MAX,
  type Engine,
  KEY_BYTES,
  NONCE_BYTES,
  TAG_BYTES,
  XAES_NONCE_BYTES,
} from './engine.js'
import { openFrames, sealFrames } from './frames.js'
import { keyHandles } from './key-handles.js'
import { openHeader, openMessage, sealHeader, sealMessage } from './message.js'
import { opensslKeys } from './openssl/private-keys.js'
import { issue, redeem } from './ticket.js'

const KEY_BLOB_BYTES = BLOB_OVERHEAD_BYTES + KEY_BYTES

export function composeEngine<Secret>(body: Body<Secret>): Engine {
  const { name } = body
  const { hold, secretOf } = keyHandles<Secret>(name, (key) => body.releaseKey(key))
  const holdAny = (key: Secret | undefined) => (key === undefined ? undefined : hold(key))

  const engine: Omit<Engine, 'privateKeys'> = {
    name,
    get features() {
      return body.features
    },
    isLocked: false,

    importKey(bytes) {
      invariant(bytes.length === KEY_BYTES, 'a key has 32 bytes')
      return hold(body.importKey(bytes))
    },
    generateKey: () => hold(body.generateKey()),
    cloneKey: (key) => hold(body.cloneKey(secretOf(key))),
    shareKey(key) {
      const claim = body.claimOf(secretOf(key))
      return issue(name, claim, (isUnused) => {
        if (isUnused) body.wipeClaim(claim)
      })
    },
    adoptKey: (ticket) => hold(body.keyOf(redeem(name, ticket))),
    randomFill: (target) => body.randomFill(target),

    seal(key, nonce, aad, text, tag) {
      const secret = secretOf(key)
      const parts = textAndTag(nonce, text, tag)
      body.sealText(secret, nonce, aad, parts.text, parts.text, parts.tag)
    },
    open(key, nonce, aad, text, tag) {
      const secret = secretOf(key)
      const parts = textAndTag(nonce, text, tag)
      if (body.openText(secret, nonce, aad, parts.text, parts.text, parts.tag)) return true
      text.fill(0)
      return false
    },
    sealFrames(key, run, plain, sealed) {
      const secret = secretOf(key)
      apart(plain, sealed)
      sealFrames(body, secret, run, plain, sealed)
    },
    openFrames(key, run, sealed, plain) {
      const secret = secretOf(key)
      apart(plain, sealed)
      return openFrames(body, secret, run, sealed, plain)
    },
    sealHeader: (dataKey, header) => hold(sealHeader(body, secretOf(dataKey), header)),
    openHeader: (dataKey, header) => holdAny(openHeader(body, secretOf(dataKey), header)),
    sealMessage(dataKey, sealed, headerBytes, frameBytes, plain) {
      const secret = secretOf(dataKey)
      apart(plain, sealed)
      sealMessage(body, secret, sealed, headerBytes, frameBytes, plain)
    },
    openMessage(dataKey, header, frameBytes, sealed, plain) {
      const secret = secretOf(dataKey)
      apart(plain, header)
      apart(plain, sealed)
      return openMessage(body, secret, header, frameBytes, sealed, plain)
    },

    xaesCommitment(key, nonce) {
      const secret = secretOf(key)
      invariant(nonce.length === XAES_NONCE_BYTES, 'an XAES nonce has 24 bytes')
      return body.xaesCommitment(secret, nonce)
    },
    wrap(wrappingKey, blob, context) {
      const secret = secretOf(wrappingKey)
      checkBlob(blob, context)
      body.wrap(secret, blob, context)
    },
    wrapKey(wrappingKey, key, blob, context) {
      const [secret, inner] = [secretOf(wrappingKey), secretOf(key)]
      checkBlob(blob, context, KEY_BLOB_BYTES)
      body.wrapKey(secret, inner, blob, context)
    },
    unwrap(wrappingKey, blob, context) {
      const secret = secretOf(wrappingKey)
      checkBlob(blob, context)
      return body.unwrap(secret, blob, context)
    },
    unwrapKey(wrappingKey, blob, context) {
      const secret = secretOf(wrappingKey)
      checkBlob(blob, context, KEY_BLOB_BYTES)
      return holdAny(body.unwrapKey(secret, blob, context))
    },

    generateDataKeys(wrappingKey, blobs, blobBytes, context, plain) {
      const secret = secretOf(wrappingKey)
      const keyBytes = blobBytes - BLOB_OVERHEAD_BYTES
      const isDataKey = Number.isInteger(keyBytes) && keyBytes >= 1
      invariant(isDataKey && keyBytes <= DATA_KEY_BYTES_MAX, 'a data key has 1 to 1,024 bytes')
      invariant(blobs.length % blobBytes === 0, 'blobs lie side by side')
      invariant(context.length <= CONTEXT_BYTES_MAX, 'a context has a limit')
      apart(context, blobs)
      const count = blobs.length / blobBytes
      const keys = plain ?? secretBytes(count * keyBytes)
      invariant(keys.length === count * keyBytes, 'every data key has room')
      apart(keys, blobs)
      body.randomFill(keys)
      for (let i = 0; i < count; i++) {
        const blob = blobs.subarray(i * blobBytes, (i + 1) * blobBytes)
        blob.set(keys.subarray(i * keyBytes, (i + 1) * keyBytes), BLOB_TEXT_OFFSET)
        body.wrap(secret, blob, context)
      }
      if (plain === undefined) keys.fill(0)
    },
    unwrapMany(wrappingKey, blobs, blobEnds, contexts, contextEnds, opened) {
      const secret = secretOf(wrappingKey)
      apart(contexts, blobs)
      apart(opened, blobs)
      const eachBlob = partsOf(blobs, blobEnds, opened.length)
      const eachContext = partsOf(contexts, contextEnds, opened.length)
      for (const [i, blob] of eachBlob.entries()) checkBlob(blob, eachContext[i]!)
      for (const [i, blob] of eachBlob.entries()) {
        opened[i] = body.unwrap(secret, blob, eachContext[i]!) ? 1 : 0
      }
    },
  }
  return Object.assign(engine, { privateKeys: opensslKeys(engine) })
}

/** A tag of its own, or the last 16 bytes of the text. */
function textAndTag(nonce: Uint8Array, text: Uint8Array, tag: Uint8Array | undefined) {
  invariant(nonce.length === NONCE_BYTES, 'a GCM nonce has 12 bytes')
  if (tag !== undefined) {
    invariant(tag.length === TAG_BYTES, 'a tag has 16 bytes')
    apart(text, tag)
    return { text, tag }
  }
  invariant(text.length >= TAG_BYTES, 'text without a tag of its own has room for one')
  const end = text.length - TAG_BYTES
  return { text: text.subarray(0, end), tag: text.subarray(end) }
}

function checkBlob(blob: Uint8Array, context: Uint8Array, bytes = blob.length): void {
  invariant(blob.length === bytes, 'a wrapped 32-byte key has 128 bytes')
  const isBlob = bytes >= BLOB_OVERHEAD_BYTES && bytes <= BLOB_BYTES_MAX
  invariant(isBlob, 'a blob has 96 bytes and up to 4,096 of plaintext')
  invariant(context.length <= CONTEXT_BYTES_MAX, 'a context has a limit')
  apart(context, blob)
}

/** `count` parts that lie side by side and fill `all`. */
function partsOf(all: Uint8Array, ends: Uint32Array, count: number): Uint8Array[] {
  invariant(ends.length === count, 'one context, one answer for each blob')
  let start = 0
  const parts = Array.from(ends, (end) => {
    invariant(start <= end && end <= all.length, 'ends rise')
    const part = all.subarray(start, end)
    start = end
    return part
  })
  invariant(start === all.length, 'the last end is the end of the bytes')
  return parts
}

function apart(one: Uint8Array, other: Uint8Array): void {
  const isApart =
    one.buffer !== other.buffer ||
    one.byteOffset + one.length <= other.byteOffset ||
    other.byteOffset + other.length <= one.byteOffset
  invariant(isApart || one.length === 0 || other.length === 0, 'source, target and tag lie apart')
}
