/**
 * Bytes that give a secret away: in which forms it may lie about in memory, and what AES-256 makes of it.
 *
 * A form is looked for by halves, so that a copy which is half written over is found as well.
 * Source: FIPS 197 §5 (round keys).
 */
const HALF_BYTES = 16

/** name → bytes, for a secret of at least 16 bytes: as it is, as hex and as base64 text, narrow and wide. */
export function formsOf(secret) {
  const bytes = Buffer.from(secret.buffer, secret.byteOffset, secret.length)
  const forms = new Map(halves('raw', bytes))
  const hex = bytes.toString('hex')
  // Whole groups of three bytes: what follows them changes nothing.
  const base64 = bytes.toString('base64', 0, bytes.length - (bytes.length % 3))
  for (const [name, text] of Object.entries({ hex, base64 })) {
    for (const [half, narrow] of halves(name, Buffer.from(text))) {
      forms.set(half, narrow)
      forms.set(`${half}, UTF-16`, Buffer.from(narrow.toString('latin1'), 'utf16le'))
    }
  }
  return forms
}

function halves(name, bytes) {
  const first = bytes.subarray(0, HALF_BYTES)
  const last = bytes.subarray(-HALF_BYTES)
  return bytes.length === HALF_BYTES
    ? [[name, first]]
    : [
        [name, first],
        [`${name}, end`, last],
      ]
}

/** The round keys 0 to 3 of a 32-byte key, side by side; the first two are the key itself. */
export function roundKeys(key) {
  const words = Buffer.concat([key, Buffer.alloc(32)])
  for (let at = 32; at < 64; at += 4) {
    let last = words.subarray(at - 4, at)
    if (at === 32) last = [sbox(last[1]) ^ 1, sbox(last[2]), sbox(last[3]), sbox(last[0])]
    else if (at === 48) last = [...last].map(sbox)
    for (let i = 0; i < 4; i++) words[at + i] = words[at + i - 32] ^ last[i]
  }
  return words
}

/** FIPS 197 §5.1.1: the inverse in GF(2^8) (as the 254th power), then the affine map. */
function sbox(byte) {
  let inverse = 1
  for (let i = 0; i < 254; i++) inverse = times(inverse, byte)
  let result = 0x63
  for (let turn = 0; turn < 5; turn++)
    result ^= ((inverse << turn) | (inverse >> (8 - turn))) & 0xff
  return result
}

function times(a, b) {
  let product = 0
  for (let bit = 0; bit < 8; bit++) {
    if ((b >> bit) & 1) product ^= a << bit
  }
  for (let bit = 14; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11b << (bit - 8)
  return product
}
