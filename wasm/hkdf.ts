/**
 * The two keys of a message: HKDF-SHA512 of a data key, whose salt is the message id.
 *
 *     window   | message id 32 | info of the message key ‖ 01 | info of the commit key ‖ 01 |
 *
 * Both are shorter than a digest, so HKDF's expansion is one MAC each. Source: RFC 5869.
 */
import { takeKey } from './keys'
import { copy, KEY_BYTES, WINDOW, wipe } from './memory'
import { beginMac, DIGEST_BYTES, endMac, setMacKey, updateHash, wipeHash } from './sha512'

const SALT_BYTES: usize = 32

const digest = memory.data(64, 16)

/** The message key goes to the slot `target`, the commit key's 32 bytes to the beginning of the window. */
export function deriveMessageKey(
  dataKey: usize,
  target: usize,
  keyInfoBytes: usize,
  commitInfoBytes: usize,
): void {
  const keyInfo = WINDOW + SALT_BYTES
  setMacKey(WINDOW, SALT_BYTES)
  mac(dataKey, KEY_BYTES)
  setMacKey(digest, DIGEST_BYTES)
  mac(keyInfo, keyInfoBytes)
  takeKey(target, digest)
  mac(keyInfo + keyInfoBytes, commitInfoBytes)
  copy(WINDOW, digest, KEY_BYTES)
  wipe(digest, DIGEST_BYTES)
  wipeHash()
}

function mac(at: usize, bytes: usize): void {
  beginMac()
  updateHash(at, bytes)
  endMac(digest)
}
