/**
 * The checksum of an object from those of its parts, without reading them again.
 *
 *     FULL_OBJECT   crc(a ‖ b) = crc(a) · x^(8·|b|) + crc(b), modulo the polynomial
 *     COMPOSITE     hash(digest(a) ‖ digest(b))-2
 *
 * Polynomials are reflected: the top bit is x^0, a shift to the right is a multiplication by x. One of 32 bits stands in
 * the upper half. Source: zlib, crc32_combine (M. Adler); Amazon S3 user guide, "Checking object integrity".
 *
 * @module
 */
import { invariant } from '../../invariant.js'
import type { ChecksumAlgorithm } from './algorithms.js'
import { startChecksum } from './checksum.js'

export interface PartChecksum {
  /** Base64. */
  readonly value: string
  readonly bytes: number
}

/** Of an algorithm whose type can be FULL_OBJECT: base64 of the checksum of all bytes, in the order of `parts`. */
export function fullObjectChecksum(
  algorithm: ChecksumAlgorithm,
  parts: readonly PartChecksum[],
): string {
  const field = FIELDS.get(algorithm)
  invariant(field !== undefined, 'only a CRC of parts makes one of the whole')
  let whole: Element = [0, 0]
  for (const { value, bytes } of parts) {
    const shifted = multiply(field, whole, powerOf(field, bytes))
    const part = field.read(Buffer.from(value, 'base64'))
    whole = [shifted[0] ^ part[0], shifted[1] ^ part[1]]
  }
  return field.write(whole).toString('base64')
}

/** Base64 with `-N` behind it. @param values base64. */
export async function compositeChecksum(
  algorithm: ChecksumAlgorithm,
  values: readonly string[],
): Promise<string> {
  const checksum = await startChecksum(algorithm)
  for (const value of values) checksum.update(Buffer.from(value, 'base64'))
  return `${checksum.digest()}-${values.length}`
}

/** Upper and lower half. */
type Element = readonly [high: number, low: number]

interface Field {
  readonly bits: 32 | 64
  readonly polynomial: Element
  /** x^(8·2^n), as far as they were needed. */
  readonly powers: Element[]
  read(bytes: Buffer): Element
  write(element: Element): Buffer
}

const FIELDS: ReadonlyMap<ChecksumAlgorithm, Field> = new Map([
  ['CRC32', field(32, 0xedb88320, 0)],
  ['CRC32C', field(32, 0x82f63b78, 0)],
  ['CRC64NVME', field(64, 0x9a6c9329, 0xac4bc9b5)],
])

function field(bits: Field['bits'], high: number, low: number): Field {
  return {
    bits,
    polynomial: [high, low],
    powers: [[1 << (31 - 8), 0]],
    read: (bytes) => [bytes.readInt32BE(0), bits === 64 ? bytes.readInt32BE(4) : 0],
    write(element) {
      const bytes = Buffer.alloc(bits / 8)
      bytes.writeInt32BE(element[0], 0)
      if (bits === 64) bytes.writeInt32BE(element[1], 4)
      return bytes
    },
  }
}

/** x^(8·bytes) */
function powerOf(field: Field, bytes: number): Element {
  let power: Element = [1 << 31, 0]
  let rest = bytes
  for (let n = 0; rest > 0; n++) {
    if (n === field.powers.length) {
      const before = field.powers[n - 1]!
      field.powers.push(multiply(field, before, before))
    }
    if (rest % 2 === 1) power = multiply(field, power, field.powers[n]!)
    rest = Math.floor(rest / 2)
  }
  return power
}

function multiply({ bits, polynomial }: Field, left: Element, right: Element): Element {
  let [high, low] = [0, 0]
  let [shiftedHigh, shiftedLow] = right
  for (let i = 0; i < bits; i++) {
    const bit = i < 32 ? left[0] >>> (31 - i) : left[1] >>> (63 - i)
    if ((bit & 1) === 1) {
      high ^= shiftedHigh
      low ^= shiftedLow
    }
    const carry = (bits === 64 ? shiftedLow : shiftedHigh) & 1
    if (bits === 64) shiftedLow = (shiftedLow >>> 1) | (shiftedHigh << 31)
    shiftedHigh >>>= 1
    if (carry === 1) {
      shiftedHigh ^= polynomial[0]
      shiftedLow ^= polynomial[1]
    }
  }
  return [high, low]
}
