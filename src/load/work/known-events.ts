/**
 * Events that one process gave, so that those that are found again can be told from others: damaged ones, and of nobody.
 *
 * An event is known by 52 bits of it: its CRC-32, and twenty of its length and middle. Numbers in one array, in order when they
 * are asked for: eight bytes for each of millions.
 *
 * @module
 */
import { crc32 } from 'node:zlib'
import { NumberList } from '../targets/number-list.js'

const HIGH = 2 ** 32

export class KnownEvents {
  readonly #given = new NumberList()
  /** So many of them are said to be durable. */
  acknowledged = 0

  /** @param line without its line's end */
  add(line: Uint8Array): void {
    this.#given.push(markOf(line))
  }

  has(line: Uint8Array): boolean {
    return this.#given.has(markOf(line))
  }
}

function markOf(line: Uint8Array): number {
  const length = line.length
  const middle = line[length >>> 1] ?? 0
  return crc32(line) + ((length & 0xfff) * 256 + middle) * HIGH
}
