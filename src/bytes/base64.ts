/**
 * Base64 text as bytes, for secrets: a string of V8's could not be wiped.
 *
 * Letters are computed, not looked up, so that neither time nor cache tells of them. Source: RFC 4648 §4.
 *
 * @module
 */
const PADDING = 0x3d

/** Bytes of base64 text, padding included, for so many bytes. */
export function base64Bytes(size: number): number {
  return Math.ceil(size / 3) * 4
}

/** Writes `bytes` to `target` from `at` on, where there is room for them; gives back where the text ends. */
export function writeBase64(bytes: Uint8Array, target: Uint8Array, at = 0): number {
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    target[at++] = letter(group >> 18)
    target[at++] = letter((group >> 12) & 63)
    target[at++] = i + 1 < bytes.length ? letter((group >> 6) & 63) : PADDING
    target[at++] = i + 2 < bytes.length ? letter(group & 63) : PADDING
  }
  return at
}

/** A-Z a-z 0-9 + /: from each of the bounds on, the letters lie elsewhere. */
function letter(value: number): number {
  let code = value + 65
  code += ((25 - value) >> 8) & 6
  code -= ((51 - value) >> 8) & 75
  code -= ((61 - value) >> 8) & 15
  code += ((62 - value) >> 8) & 3
  return code
}
