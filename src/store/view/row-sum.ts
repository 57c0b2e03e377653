/**
 * The sum of rows: one number for all of them, whatever their order, that a row can be added to and taken from.
 *
 *     term = SHAKE128(JSON [table, value, …], 256 bytes); sum = all terms modulo 2^2048
 *
 * It is as long as it is because such sums of few bits can be met by other rows (Wagner, "A Generalized Birthday
 * Problem", 2002): with 256 bits in 2^32 steps, with 2048 in 2^90. Source: Bellare and Micciancio, "A New Paradigm for
 * Collision-Free Hashing" (AdHash), 1997; docs/FORMAT.md §6.1.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { SqlValue } from './database.js'

export const SUM_BYTES = 256
const WORDS = SUM_BYTES / 4
const WORD = 0x1_0000_0000

/** What a row adds; `values` are all of its columns, in their order. */
export function termOf(table: string, values: readonly SqlValue[]): Buffer {
  const shown = values.map((value) => (value instanceof Uint8Array ? { hex: hexOf(value) } : value))
  return createHash('shake128', { outputLength: SUM_BYTES })
    .update(JSON.stringify([table, ...shown]))
    .digest()
}

export class RowSum {
  /** The least first. */
  readonly #words: Uint32Array

  private constructor(words: Uint32Array) {
    this.#words = words
  }

  static zero(): RowSum {
    return new RowSum(new Uint32Array(WORDS))
  }

  static from(bytes: Uint8Array): RowSum {
    const sum = RowSum.zero()
    sum.add(Buffer.from(bytes))
    return sum
  }

  add(term: Buffer): void {
    let carry = 0
    for (let i = 0; i < WORDS; i++) {
      const word = this.#words[i]! + term.readUInt32LE(4 * i) + carry
      this.#words[i] = word
      carry = word >= WORD ? 1 : 0
    }
  }

  subtract(term: Buffer): void {
    let borrow = 0
    for (let i = 0; i < WORDS; i++) {
      const word = this.#words[i]! - term.readUInt32LE(4 * i) - borrow
      this.#words[i] = word
      borrow = word < 0 ? 1 : 0
    }
  }

  copy(): RowSum {
    return new RowSum(this.#words.slice())
  }

  equals(other: RowSum): boolean {
    return this.#words.every((word, i) => word === other.#words[i])
  }

  bytes(): Buffer {
    const bytes = Buffer.alloc(SUM_BYTES)
    for (const [i, word] of this.#words.entries()) bytes.writeUInt32LE(word, 4 * i)
    return bytes
  }
}

function hexOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('hex')
}
