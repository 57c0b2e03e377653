/** RSA keys of 2048 bits put together from numbers, so that they can be wrong in one of them. */
import { generatePrimeSync } from 'node:crypto'

const E = 65_537n
const HALF_BITS = 1024
const NAMES = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const

type Name = (typeof NAMES)[number]

interface Numbers {
  readonly names: readonly Name[]
  /** DER, with other numbers in their places. */
  pkcs8(instead?: Partial<Record<Name, bigint>>): Uint8Array
}

/** Of two primes; or of others, p being a product of two: then the parts agree, and the key signs nothing. */
export function rsaOf(what: 'primes' | 'others'): Numbers {
  const half = () =>
    what === 'primes' ? prime(HALF_BITS) : prime(HALF_BITS / 2) * prime(HALF_BITS / 2)
  return numbersOf(() => [half(), prime(HALF_BITS)], 2 * HALF_BITS)
}

/** Of two primes of any lengths, drawn until their product has so many bits. */
export function rsaOfPrimes(draw: () => readonly [bigint, bigint], bits: number): Uint8Array {
  return numbersOf(draw, bits).pkcs8()
}

function numbersOf(draw: () => readonly [bigint, bigint], bits: number): Numbers {
  const [p, q] = draw()
  const phi = (p - 1n) * (q - 1n)
  const d = inverse(E, phi)
  if (d === undefined || (p * q).toString(2).length !== bits) return numbersOf(draw, bits)
  const qi = inverse(q, p)!
  const numbers = { n: p * q, e: E, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi }
  return {
    names: NAMES,
    pkcs8(instead = {}) {
      const all = { ...numbers, ...instead }
      const key = sequence(integer(0n), ...NAMES.map((name) => integer(all[name])))
      const algorithm = Buffer.from('300d06092a864886f70d0101010500', 'hex')
      return sequence(integer(0n), algorithm, tagged(0x04, key))
    },
  }
}

/** Its two upmost bits are set. */
function prime(bits: number): bigint {
  for (;;) {
    const found = generatePrimeSync(bits, { bigint: true })
    if (found >> BigInt(bits - 2) === 3n && found % E !== 1n) return found
  }
}

/** Undefined when there is none. */
function inverse(number: bigint, modulus: bigint): bigint | undefined {
  let [a, b, x, y] = [modulus, number % modulus, 0n, 1n]
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y]
  return a === 1n ? ((x % modulus) + modulus) % modulus : undefined
}

function integer(number: bigint): Buffer {
  const digits = number.toString(16)
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
  return tagged(0x02, bytes[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function tagged(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content])
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), content])
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), content])
}
