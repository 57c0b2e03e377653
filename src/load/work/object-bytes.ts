/**
 * Bytes of objects that follow from a seed and a number, so that whoever reads one knows what it must be.
 *
 *     | process, u32 | number, u64 | size, u32 | bytes of a pattern, from a place that depends on the number |
 *
 * All of one size, or each of one of some thousands that were drawn before.
 *
 * @module
 */
import { hash } from 'node:crypto'
import { type SizePlan, sizesOf } from '../data/sizes.js'
import { HEAD_BYTES } from '../scenario/possible.js'

const TURNS = 4096
const SIZES_DRAWN = 4096

export interface ObjectsAsked {
  readonly seed: number
  readonly client: number
  /** {@link HEAD_BYTES} or more; the largest, where there are many. */
  readonly size: number
  readonly sizes: SizePlan | undefined
}

export class ObjectBytes {
  readonly #client: number
  /** Of one after the other, over and over. */
  readonly #sizes: readonly number[]
  readonly #pattern: Buffer
  /** By their room: the next power of two. */
  readonly #free = new Map<number, Buffer[]>()

  constructor({ seed, client, size, sizes }: ObjectsAsked) {
    this.#client = client
    this.#sizes = sizes === undefined ? [size] : drawn(sizes, seed)
    this.#pattern = Buffer.allocUnsafe(size + TURNS)
    for (let at = 0; at < this.#pattern.length; at += 64) {
      hash('sha512', `${seed}:${at}`, 'buffer').copy(this.#pattern, at)
    }
  }

  sizeOf(number: number): number {
    return this.#sizes[number % this.#sizes.length]!
  }

  /** In memory that {@link giveBack} takes again. */
  of(number: number): Buffer {
    const size = this.sizeOf(number)
    const room = roomOf(size)
    const bytes = (this.#free.get(room)?.pop() ?? Buffer.allocUnsafeSlow(room)).subarray(0, size)
    const from = (number * 61) % TURNS
    this.#pattern.copy(bytes, 0, from, from + size)
    bytes.writeUInt32BE(this.#client, 0)
    bytes.writeBigUInt64BE(BigInt(number), 4)
    bytes.writeUInt32BE(size, 12)
    return bytes
  }

  giveBack(bytes: Buffer): void {
    const whole = Buffer.from(bytes.buffer)
    const free = this.#free.get(whole.length)
    if (free === undefined) this.#free.set(whole.length, [whole])
    else free.push(whole)
  }

  /** Undefined when it is; else what it is instead. */
  differenceOf(given: Uint8Array | undefined, number: number): string | undefined {
    if (given === undefined) return 'cannot be read'
    const wanted = this.of(number)
    const isSame = Buffer.compare(given, wanted) === 0
    this.giveBack(wanted)
    if (isSame) return undefined
    const head = Buffer.from(given.buffer, given.byteOffset, given.length)
    if (head.length >= HEAD_BYTES) {
      const [client, other] = [head.readUInt32BE(0), head.readBigUInt64BE(4)]
      const isWhole = head.readUInt32BE(12) === head.length
      const isOther = client !== this.#client || other !== BigInt(number)
      if (isWhole && isOther) return `is number ${other} of process ${client}`
    }
    const size = this.sizeOf(number)
    return given.length === size ? 'has other bytes' : `has ${given.length} bytes, not ${size}`
  }
}

function drawn(plan: SizePlan, seed: number): number[] {
  const sizes = sizesOf(plan, seed)
  return Array.from({ length: SIZES_DRAWN }, () => sizes.next())
}

function roomOf(size: number): number {
  return 2 ** Math.ceil(Math.log2(size))
}
