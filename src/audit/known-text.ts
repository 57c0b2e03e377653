/**
 * Pieces of records that come again and again, made once: by the values in them.
 *
 * A piece is kept in one stretch of memory. What is put together from many stays in pieces until it becomes bytes, so the
 * fewer there are, the sooner it does.
 *
 * @module
 */
type Value = string | boolean | undefined

interface Known {
  readonly second: Value
  readonly third: Value
  readonly fourth: Value
  readonly text: string
}

const KNOWN_MAX = 1024
const CHARACTERS_MAX = 256

type Make<Second extends Value, Third extends Value, Fourth extends Value> = (
  first: string,
  second: Second,
  third: Third,
  fourth: Fourth,
) => string

/** `make`, which remembers what it made last for a first value, as long as the others are the same. */
export function known<
  Second extends Value = undefined,
  Third extends Value = undefined,
  Fourth extends Value = undefined,
>(make: Make<Second, Third, Fourth>) {
  const texts = new Map<string, Known>()
  return (first: string, second?: Second, third?: Third, fourth?: Fourth): string => {
    const found = texts.get(first)
    if (
      found !== undefined &&
      found.second === second &&
      found.third === third &&
      found.fourth === fourth
    ) {
      return found.text
    }
    const text = make(first, second as Second, third as Third, fourth as Fourth)
    if (first.length > CHARACTERS_MAX) return text
    if (texts.size >= KNOWN_MAX) texts.clear()
    const kept = inOnePiece(text)
    texts.set(first, { second, third, fourth, text: kept })
    return kept
  }
}

export function inOnePiece(text: string): string {
  return Buffer.from(text).toString()
}
