/**
 * Bytes of objects that follow from a seed and a number, so that whoever reads one knows what it must be.
 *
 *     | process, u32 | number, u64 | size, u32 | bytes of a pattern, from a place that depends on the number |
 *
 * @module
 */
import { hash } from 'node:crypto'

export const HEAD_BYTES = 16
const TURNS = 4096

export class ObjectBytes {
  readonly #client: number
  readonly #size: number
  readonly #pattern: Buffer
  readonly #free: Buffer[] = []

  /** @param size {@link HEAD_BYTES} or more */
  constructor(seed: number, client: number, size: number) {
    this.#client = client
    this.#size = size
    this.#pattern = Buffer.allocUnsafe(size + TURNS)
    for (let at = 0; at < this.#pattern.length; at += 64) {
      hash('sha512', `${seed}:${at}`, 'buffer').copy(this.#pattern, at)
    }
  }

  /** In memory that {@link giveBack} takes again. */
  of(number: number): Buffer {
    const bytes = this.#free.pop() ?? Buffer.allocUnsafe(this.#size)
    const from = (number * 61) % TURNS
    this.#pattern.copy(bytes, 0, from, from + this.#size)
    bytes.writeUInt32BE(this.#client, 0)
    bytes.writeBigUInt64BE(BigInt(number), 4)
    bytes.writeUInt32BE(this.#size, 12)
    return bytes
  }

  giveBack(bytes: Buffer): void {
    this.#free.push(bytes)
  }

  /** Undefined when it is; else what it is instead. */
  differenceOf(given: Uint8Array | undefined, number: number): string | undefined {
    if (given === undefined) return 'cannot be read'
    const wanted = this.of(number)
    const isSame = Buffer.compare(given, wanted) === 0
    this.giveBack(wanted)
    if (isSame) return undefined
    if (given.length !== this.#size) return `has ${given.length} bytes, not ${this.#size}`
    const head = Buffer.from(given.buffer, given.byteOffset, HEAD_BYTES)
    const [client, other] = [head.readUInt32BE(0), head.readBigUInt64BE(4)]
    const isOther = client !== this.#client || other !== BigInt(number)
    return isOther ? `is number ${other} of process ${client}` : 'has other bytes'
  }
}
