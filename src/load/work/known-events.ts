/**
 * Events that one process gave, so that those that are found again can be told from others: damaged ones, and of nobody.
 *
 * An event is known by 52 bits of it: its CRC-32, and twenty of its length and middle. Numbers in one array, in order when they
 * are asked for: eight bytes for each of millions. Where all of them are looked for, those that are said to be durable stand
 * in one more: an event that is found twice does not stand in for one that is not.
 *
 * @module
 */
import { crc32 } from 'node:zlib'
import { NumberList } from '../targets/number-list.js'

const HIGH = 2 ** 32

export class KnownEvents {
  readonly #given = new NumberList()
  readonly #durable: NumberList | undefined
  /** So many log files are said to be durable. */
  files = 0

  /** @param isAll each of them is looked for */
  constructor(isAll: boolean) {
    this.#durable = isAll ? new NumberList() : undefined
  }

  /** @param line without its line's end. @returns its mark */
  add(line: Uint8Array): number {
    const mark = markOf(line)
    this.#given.push(mark)
    return mark
  }

  acknowledge(mark: number): void {
    this.#durable?.push(mark)
  }

  /** Undefined of one that was never given. */
  markOf(line: Uint8Array): number | undefined {
    const mark = markOf(line)
    return this.#given.has(mark) ? mark : undefined
  }

  get acknowledged(): number {
    return this.#durable?.length ?? 0
  }

  /** How many are said to be durable, and are not among those that were found. */
  lacking(found: NumberList): number {
    let lacking = 0
    for (let index = 0; index < this.acknowledged; index++) {
      if (!found.has(this.#durable!.at(index))) lacking++
    }
    return lacking
  }
}

function markOf(line: Uint8Array): number {
  const length = line.length
  const middle = line[length >>> 1] ?? 0
  return crc32(line) + ((length & 0xfff) * 256 + middle) * HIGH
}
