/**
 * The engine that is always there: node:crypto, that is OpenSSL.
 *
 * The work is in gcm, xaes and blob; shapes and handles are compose.ts. Keys are KeyObjects: they stay out of
 * V8's heap, and Node 24 is ten times slower with raw ones.
 *
 * @module
 */
import { createSecretKey, hkdfSync, KeyObject, randomFillSync } from 'node:crypto'
import { secretBytes } from '../../bytes/secret.js'
import { invariant } from '../../invariant.js'
import type { Body } from '../body.js'
import { composeEngine } from '../compose.js'
import { type Engine, KEY_BYTES } from '../engine.js'
import { unwrap, unwrapKey, wrap, wrapKey } from './blob.js'
import { openSslFeatures } from './features.js'
import { gcmOpen, gcmSeal } from './gcm.js'
import { NodeKey } from './key.js'
import { xaesKeys } from './xaes.js'

const DERIVE_KEY_LABEL = Buffer.from('DERIVEKEY')
const COMMIT_KEY_LABEL = Buffer.from('COMMITKEY')

/** Never fails: node:crypto comes with Node. */
export function openNodeEngine(): Engine {
  let features: readonly string[] | undefined
  const body: Body<NodeKey> = {
    name: 'node',
    get features() {
      features ??= openSslFeatures()
      return features
    },
    importKey,
    generateKey() {
      const bytes = randomFillSync(secretBytes(KEY_BYTES))
      const key = importKey(bytes)
      bytes.fill(0)
      return key
    },
    cloneKey: ({ secret }) => new NodeKey(secret),
    releaseKey: (key) => key.release(),
    claimOf: ({ secret }) => secret,
    keyOf(claim) {
      invariant(claim instanceof KeyObject, 'the node engine shares KeyObjects')
      return new NodeKey(claim)
    },
    wipeClaim() {},
    randomFill: (target) => void randomFillSync(target),
    sealText: ({ secret }, nonce, aad, source, target, tag) =>
      gcmSeal({ secret, nonce, aad }, source, target, tag),
    openText: ({ secret }, nonce, aad, source, target, tag) =>
      gcmOpen({ secret, nonce, aad }, source, target, tag),
    deriveMessageKey({ secret }, suite, messageId) {
      const info = Buffer.concat([suite, DERIVE_KEY_LABEL])
      const bytes = new Uint8Array(hkdfSync('sha512', secret, messageId, info, KEY_BYTES))
      const key = importKey(bytes)
      bytes.fill(0)
      const commitKey = hkdfSync('sha512', secret, messageId, COMMIT_KEY_LABEL, KEY_BYTES)
      return { key, commitKey: new Uint8Array(commitKey) }
    },
    xaesCommitment: (key, nonce) => xaesKeys(key, nonce).commitment,
    wrap,
    wrapKey,
    unwrap,
    unwrapKey,
  }
  return composeEngine(body)
}

function importKey(bytes: Uint8Array): NodeKey {
  return new NodeKey(createSecretKey(bytes))
}
