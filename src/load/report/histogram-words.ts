/**
 * What of a histogram's words the library must not see: it counts up to whatever index they name, and counts in 32 bits.
 *
 *     | 40 bytes: cookie, bytes of words, …, digits, range | word: a count, or less than zero: so many empty ones | …
 *
 * A word of twelve bytes can name an index of 2⁴⁰, which takes an hour to come by. Source: HdrHistogram, "V2 encoding format";
 * words are ZigZag LEB128 of 64 bits in 9 bytes at most.
 *
 * @module
 */
const HEAD_BYTES = 40
const WORDS_BYTES_AT = 4
const WORD_BYTES_MAX = 9
/** Of five digits over all that a number can be there are six million. */
const INDEX_MAX = 2 ** 23
const COUNT_MAX = 2 ** 32 - 1

/** @param plain a histogram, unpacked. @throws Error saying what is wrong with it */
export function checkWords(plain: Buffer): void {
  const end = HEAD_BYTES + plain.readInt32BE(WORDS_BYTES_AT)
  if (end < HEAD_BYTES || end > plain.length)
    throw new Error('its words are not as long as it says')
  let index = 0
  for (let at = HEAD_BYTES; at < end; ) {
    let [zigzag, factor, byte] = [0, 1, 0x80]
    for (let i = 0; i < WORD_BYTES_MAX && byte >= 0x80; i++) {
      if (at >= end) throw new Error('its last word is cut off')
      byte = plain[at++]!
      zigzag += (byte & 0x7f) * factor
      factor *= 0x80
    }
    const isCount = zigzag % 2 === 0
    if (isCount && zigzag / 2 > COUNT_MAX) throw new Error('it counts beyond 32 bits')
    index += isCount ? 1 : (zigzag + 1) / 2
    if (index > INDEX_MAX) throw new Error('its words go beyond all histograms')
  }
}
