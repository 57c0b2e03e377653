/**
 * Text against a pattern with `*` (any characters, or none) and `?` (any one character).
 *
 *     arn:aws:s3:::logs-??/AWSLogs/*.gz  →  'arn:aws:s3:::logs-', ?, ?, '/AWSLogs/', *, '.gz'
 *
 * Never more than one pass over the text: the parts between asterisks are looked for from left to right, each where
 * the one before it ended, and what was found is never given up again. A part with `?` in it is looked for by
 * shift-and: one bit for each of its characters, so the pass costs a word operation for every 32 of them.
 * How a pattern is read from a policy is in grammar/template.ts. Characters are UTF-16 units.
 *
 * @module
 */

export const ANY_ONE = 1
export const ANY_MANY = 2
/** A text, as it is, or one of the wildcards. */
export type Piece = string | typeof ANY_ONE | typeof ANY_MANY
export type Matcher = (text: string) => boolean

export function matcherOf(pieces: readonly Piece[]): Matcher {
  const [first, ...others] = partsOf(pieces)
  const last = others.pop()
  if (last === undefined) return (text) => text.length === first!.length && first!.isAt(text, 0)
  const between = others.filter(({ length }) => length > 0)
  const lengthMin = [first!, ...between, last].reduce((sum, { length }) => sum + length, 0)
  if (lengthMin === 0) return () => true
  return (text) => {
    const end = text.length - last.length
    if (text.length < lengthMin || !first!.isAt(text, 0) || !last.isAt(text, end)) return false
    let at = first!.length
    for (const part of between) {
      const found = part.find(text, at, end)
      if (found < 0) return false
      at = found + part.length
    }
    return true
  }
}

/** What stands between asterisks. */
interface Part {
  readonly length: number
  isAt(text: string, at: number): boolean
  /** Where it is in `text`, from `from` on and before `end`; -1 when it is not. */
  find(text: string, from: number, end: number): number
}

function partsOf(pieces: readonly Piece[]): Part[] {
  const parts: Array<Array<string | typeof ANY_ONE>> = [[]]
  for (const piece of pieces) {
    if (piece === ANY_MANY) parts.push([])
    else parts.at(-1)!.push(piece)
  }
  return parts.map((part) => (part.includes(ANY_ONE) ? gapped(part) : literal(part.join(''))))
}

function literal(part: string): Part {
  const { length } = part
  return {
    length,
    isAt: (text, at) => text.startsWith(part, at),
    find(text, from, end) {
      const at = text.indexOf(part, from)
      return at + length <= end ? at : -1
    },
  }
}

/** Characters of which some may be any: undefined in `codes`. */
function gapped(part: ReadonlyArray<string | typeof ANY_ONE>): Part {
  const codes = part.flatMap((piece) =>
    piece === ANY_ONE
      ? [undefined]
      : Array.from({ length: piece.length }, (_, i) => piece.charCodeAt(i)),
  )
  const { length } = codes
  // Made when a text is long enough to hold the part: what is longer than any text costs nothing.
  let masks: Masks | undefined
  return {
    length,
    isAt: (text, at) =>
      codes.every((code, i) => code === undefined || code === text.charCodeAt(at + i)),
    find(text, from, end) {
      masks ??= masksOf(codes)
      const found = endOf(masks, text, from, end)
      return found < 0 ? -1 : found - length + 1
    },
  }
}

/** Which characters of a part a code fits: a bit for each, the first one the lowest of the first word. */
interface Masks {
  readonly of: ReadonlyMap<number, Int32Array>
  /** Of codes that are not in the part. */
  readonly others: Int32Array
  readonly lastBit: number
}

function masksOf(codes: ReadonlyArray<number | undefined>): Masks {
  const others = new Int32Array(Math.ceil(codes.length / 32))
  codes.forEach((code, i) => {
    if (code === undefined) others[i >> 5]! |= 1 << (i & 31)
  })
  const of = new Map<number, Int32Array>()
  codes.forEach((code, i) => {
    if (code === undefined) return
    if (!of.has(code)) of.set(code, others.slice())
    of.get(code)![i >> 5]! |= 1 << (i & 31)
  })
  return { of, others, lastBit: 1 << ((codes.length - 1) & 31) }
}

/** Where the part ends in `text`; -1 when it is not there. */
function endOf({ of, others, lastBit }: Masks, text: string, from: number, end: number): number {
  // Bit i: the last i + 1 characters are the first i + 1 of the part.
  const state = new Int32Array(others.length)
  for (let i = from; i < end; i++) {
    const fits = of.get(text.charCodeAt(i)) ?? others
    let carry = 1
    for (let word = 0; word < state.length; word++) {
      const shifted = (state[word]! << 1) | carry
      carry = state[word]! >>> 31
      state[word] = shifted & fits[word]!
    }
    if ((state.at(-1)! & lastBit) !== 0) return i
  }
  return -1
}
