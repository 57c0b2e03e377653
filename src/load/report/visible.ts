/**
 * Text that may have come from anybody, as what can be seen of it: no character that moves a cursor or turns the direction.
 *
 * @module
 */

const UNSEEN = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

export function visible(text: string): string {
  return text.replace(UNSEEN, '\ufffd')
}
