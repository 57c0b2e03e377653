/**
 * A line for each operation of one process, as CSV: for who wants to look at more than a histogram shows.
 *
 *     operation,planned_ms,corrected_ns,raw_ns,code
 *
 * @module
 */
import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'

const PIECE_CHARACTERS = 64 * 1024
const HEAD = 'operation,planned_ms,corrected_ns,raw_ns,code\n'

export class RawLog {
  readonly #file: WriteStream
  #text = HEAD

  constructor(path: string) {
    this.#file = createWriteStream(path)
    // Told when it is closed.
    this.#file.on('error', () => undefined)
  }

  write(
    name: string,
    plannedMs: number,
    correctedMs: number,
    rawMs: number,
    code: string | undefined,
  ): void {
    const [corrected, raw] = [Math.round(correctedMs * 1e6), Math.round(rawMs * 1e6)]
    this.#text += `${name},${plannedMs.toFixed(3)},${corrected},${raw},${code ?? ''}\n`
    if (this.#text.length < PIECE_CHARACTERS) return
    this.#file.write(this.#text)
    this.#text = ''
  }

  /** @throws Error of the system when it is not whole */
  async close(): Promise<void> {
    this.#file.end(this.#text)
    await finished(this.#file)
  }
}
