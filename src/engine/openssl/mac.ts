/**
 * Keys of message authentication codes over node:crypto.
 *
 * A fresh one is as long as the MAC; those that come from elsewhere may be longer, within AWS's bounds. Source: FIPS 198-1;
 * AWS KMS API reference, "ImportKeyMaterial".
 *
 * @module
 */
import { createHmac, createSecretKey, type KeyObject, randomFillSync } from 'node:crypto'
import { secretBytes, secretCopy } from '../../bytes/secret.js'
import type { PrivateKeySpec } from '../private-keys.js'
import type { Family } from './family.js'

/** Least and most bytes. */
const LENGTHS: Partial<Record<PrivateKeySpec, readonly [least: number, most: number]>> = {
  HMAC_224: [28, 64],
  HMAC_256: [32, 64],
  HMAC_384: [48, 128],
  HMAC_512: [64, 128],
}

export const MAC: Family<KeyObject> = {
  async generate(spec) {
    const bytes = randomFillSync(secretBytes(LENGTHS[spec]![0]))
    const key = createSecretKey(bytes)
    bytes.fill(0)
    return key
  },
  read(spec, bytes) {
    const [least, most] = LENGTHS[spec]!
    return bytes.length >= least && bytes.length <= most ? createSecretKey(bytes) : undefined
  },
  isSound: () => true,
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
