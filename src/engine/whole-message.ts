/**
 * A whole message by an engine's single calls, for the engines that have no one call for it.
 *
 * The native engine does the same in one crossing, and its message key never has a handle
 * (native/src/message.rs). Source: docs/FORMAT.md §2.
 *
 * @module
 */
import { constantTimeEqual } from '../bytes/compare.js'
import { invariant } from '../invariant.js'
import {
  type Engine,
  KEY_BYTES,
  type KeyHandle,
  MESSAGE_ID_BYTES,
  NONCE_BYTES,
  TAG_BYTES,
} from './engine.js'

type Calls = Omit<Engine, 'sealMessage' | 'openMessage'>

const SUITE_OFFSET = 1
const MESSAGE_ID_OFFSET = SUITE_OFFSET + 2
const HEADER_BYTES_MIN = MESSAGE_ID_OFFSET + MESSAGE_ID_BYTES + KEY_BYTES + TAG_BYTES
const HEADER_NONCE = new Uint8Array(NONCE_BYTES)
const NO_BYTES = new Uint8Array(0)

/** The engine of these calls, which is the same object. */
export function withWholeMessages(calls: Calls): Engine {
  return Object.assign(calls, {
    sealMessage: (...given: Parameters<Engine['sealMessage']>) => sealMessage(calls, ...given),
    openMessage: (...given: Parameters<Engine['openMessage']>) => openMessage(calls, ...given),
  })
}

/** As {@link Engine.sealMessage}. */
export function sealMessage(
  calls: Calls,
  dataKey: KeyHandle,
  sealed: Uint8Array,
  headerBytes: number,
  frameBytes: number,
  plain: Uint8Array,
): void {
  invariant(headerBytes <= sealed.length, 'a sealed message begins with its header')
  const header = fieldsOf(sealed.subarray(0, headerBytes))
  calls.randomFill(header.messageId)
  const { key, commitKey } = calls.deriveMessageKey(dataKey, header.suite, header.messageId)
  try {
    header.commitKey.set(commitKey)
    calls.seal(key, HEADER_NONCE, header.beforeTag, NO_BYTES, header.tag)
    const run = { messageId: header.messageId, frameBytes, firstFrame: 1, final: true }
    calls.sealFrames(key, run, plain, sealed.subarray(headerBytes))
  } finally {
    key.release()
  }
}

/** As {@link Engine.openMessage}. */
export function openMessage(
  calls: Calls,
  dataKey: KeyHandle,
  header: Uint8Array,
  frameBytes: number,
  body: Uint8Array,
  plain: Uint8Array,
): number {
  const { suite, messageId, ...fields } = fieldsOf(header)
  const { key, commitKey } = calls.deriveMessageKey(dataKey, suite, messageId)
  try {
    const isGenuine =
      constantTimeEqual(commitKey, fields.commitKey) &&
      calls.open(key, HEADER_NONCE, fields.beforeTag, NO_BYTES, fields.tag)
    if (isGenuine) {
      const run = { messageId, frameBytes, firstFrame: 1, final: true }
      return calls.openFrames(key, run, body, plain)
    }
    plain.fill(0)
    return -1
  } finally {
    key.release()
  }
}

function fieldsOf(header: Uint8Array) {
  invariant(header.length >= HEADER_BYTES_MIN, 'a header has a message id, a commit key and a tag')
  const tagAt = header.length - TAG_BYTES
  return {
    suite: header[SUITE_OFFSET]! * 256 + header[SUITE_OFFSET + 1]!,
    messageId: header.subarray(MESSAGE_ID_OFFSET, MESSAGE_ID_OFFSET + MESSAGE_ID_BYTES),
    commitKey: header.subarray(tagAt - KEY_BYTES, tagAt),
    beforeTag: header.subarray(0, tagAt),
    tag: header.subarray(tagAt),
  }
}
