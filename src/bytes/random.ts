/**
 * Random ids and texts from the operating system's generator.
 *
 * Key bytes are not made here: engines make those. Source of the UUID form: RFC 9562 §5.4.
 *
 * @module
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto'

const FRACTIONS = 2 ** 32

/** A version 4 UUID in its usual form, such as a request id. */
export function randomId(): string {
  return randomUUID()
}

/** `length` characters, each drawn evenly from `alphabet`. */
export function randomText(alphabet: string, length: number): string {
  // Bytes fall evenly on as many characters as divide 256, and come all at once.
  if (256 % alphabet.length === 0) {
    const codes = randomBytes(length).map((byte) => alphabet.charCodeAt(byte % alphabet.length))
    return String.fromCharCode(...codes)
  }
  let text = ''
  for (let i = 0; i < length; i++) text += alphabet[randomInt(alphabet.length)]
  return text
}

/** From 0 up to 1, which it never is: a share of a time to wait. */
export function randomFraction(): number {
  return randomInt(FRACTIONS) / FRACTIONS
}
