/**
 * Keys of message authentication codes over node:crypto.
 *
 * A fresh one is as long as the MAC; those that come from elsewhere may be longer, within AWS's bounds. Source: FIPS 198-1;
 * AWS KMS developer guide, "Requirements for imported key material".
 *
 * @module
 */
import { createHmac, createSecretKey, type KeyObject, randomFillSync } from 'node:crypto'
import { secretBytes, secretCopy } from '../../bytes/secret.js'
import type { PrivateKeySpec } from '../private-keys.js'
import type { Family } from './family.js'

/** Least bytes. */
const BYTES_MIN: Partial<Record<PrivateKeySpec, number>> = {
  HMAC_224: 28,
  HMAC_256: 32,
  HMAC_384: 48,
  HMAC_512: 64,
}
const BYTES_MAX = 128

export const MAC: Family<KeyObject> = {
  async generate(spec) {
    const bytes = randomFillSync(secretBytes(BYTES_MIN[spec]!))
    const key = createSecretKey(bytes)
    bytes.fill(0)
    return key
  },
  read(spec, bytes) {
    const isOfSpec = bytes.length >= BYTES_MIN[spec]! && bytes.length <= BYTES_MAX
    return isOfSpec ? createSecretKey(bytes) : undefined
  },
  sound: (key) => key,
  write(key) {
    const bytes = key.export()
    const copy = secretCopy(bytes)
    bytes.fill(0)
    return copy
  },
  release() {},
  mac: (key, algorithm, message) =>
    createHmac(algorithm.replace('HMAC_SHA_', 'sha'), key).update(message).digest(),
}
