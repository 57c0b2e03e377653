/**
 * A message's header, and a whole message, by an engine's single calls.
 *
 *     | 02 | u16 suite | message id 32 | … | commit key 32 | tag 16 |
 *
 * For the engines that have no call of their own for it; the addon has (native/src/message.rs). What else a
 * header says is in message/. Source: docs/FORMAT.md §2.
 *
 * @module
 */
import { constantTimeEqual } from '../bytes/compare.js'
import { invariant } from '../invariant.js'
import type { Body } from './body.js'
import { KEY_BYTES, MESSAGE_ID_BYTES, NONCE_BYTES, TAG_BYTES } from './engine.js'
import { openFrames, sealFrames } from './frames.js'

const SUITE_OFFSET = 1
const MESSAGE_ID_OFFSET = SUITE_OFFSET + 2
const HEADER_BYTES_MIN = MESSAGE_ID_OFFSET + MESSAGE_ID_BYTES + KEY_BYTES + TAG_BYTES
const HEADER_NONCE = new Uint8Array(NONCE_BYTES)
const NO_BYTES = new Uint8Array(0)

/** As Engine.sealHeader. */
export function sealHeader<Secret>(
  body: Body<Secret>,
  dataKey: Secret,
  header: Uint8Array,
): Secret {
  const { suite, messageId, beforeTag, tag, ...fields } = fieldsOf(header)
  body.randomFill(messageId)
  const { key, commitKey } = body.deriveMessageKey(dataKey, suite, messageId)
  fields.commitKey.set(commitKey)
  body.sealText(key, HEADER_NONCE, beforeTag, NO_BYTES, NO_BYTES, tag)
  return key
}

/** As Engine.openHeader. */
export function openHeader<Secret>(
  body: Body<Secret>,
  dataKey: Secret,
  header: Uint8Array,
): Secret | undefined {
  const { suite, messageId, beforeTag, tag, ...fields } = fieldsOf(header)
  const { key, commitKey } = body.deriveMessageKey(dataKey, suite, messageId)
  const isGenuine =
    constantTimeEqual(commitKey, fields.commitKey) &&
    body.openText(key, HEADER_NONCE, beforeTag, NO_BYTES, NO_BYTES, tag)
  if (isGenuine) return key
  body.releaseKey(key)
  return undefined
}

/** As Engine.sealMessage. */
export function sealMessage<Secret>(
  body: Body<Secret>,
  dataKey: Secret,
  sealed: Uint8Array,
  headerBytes: number,
  frameBytes: number,
  plain: Uint8Array,
): void {
  const isInside = Number.isInteger(headerBytes) && headerBytes <= sealed.length
  invariant(isInside && headerBytes >= 0, 'a sealed message begins with its header')
  const header = sealed.subarray(0, headerBytes)
  const key = sealHeader(body, dataKey, header)
  try {
    sealFrames(body, key, runOf(header, frameBytes), plain, sealed.subarray(headerBytes))
  } finally {
    body.releaseKey(key)
  }
}

/** As Engine.openMessage. */
export function openMessage<Secret>(
  body: Body<Secret>,
  dataKey: Secret,
  header: Uint8Array,
  frameBytes: number,
  sealed: Uint8Array,
  plain: Uint8Array,
): number {
  const key = openHeader(body, dataKey, header)
  if (key === undefined) {
    plain.fill(0)
    return -1
  }
  try {
    return openFrames(body, key, runOf(header, frameBytes), sealed, plain)
  } finally {
    body.releaseKey(key)
  }
}

function fieldsOf(header: Uint8Array) {
  invariant(header.length >= HEADER_BYTES_MIN, 'a header has a message id, a commit key and a tag')
  const tagAt = header.length - TAG_BYTES
  return {
    suite: header.subarray(SUITE_OFFSET, MESSAGE_ID_OFFSET),
    messageId: header.subarray(MESSAGE_ID_OFFSET, MESSAGE_ID_OFFSET + MESSAGE_ID_BYTES),
    commitKey: header.subarray(tagAt - KEY_BYTES, tagAt),
    beforeTag: header.subarray(0, tagAt),
    tag: header.subarray(tagAt),
  }
}

function runOf(header: Uint8Array, frameBytes: number) {
  return { messageId: fieldsOf(header).messageId, frameBytes, firstFrame: 1, final: true }
}
