/**
 * Where log lines go: written together, never waited for, and lost rather than in the way.
 *
 * A disk that is full, a pipe that nobody empties: lines are dropped and counted, and when writing works again a line
 * says how many. A pipe or a socket is written to as a stream, which waits for its reader without a thread of ours; a
 * file by its descriptor.
 *
 * @module
 */
import { write, writeSync } from 'node:fs'
import type { Writable } from 'node:stream'

/** Lines are written together, at the latest after this time. */
const FLUSH_MS = 500
const FLUSH_CHARACTERS = 8 * 1024
/** Lines beyond this are lost while the ones before cannot be written. */
const WAITING_CHARACTERS_MAX = 1 << 20

type Done = (error: Error | null | undefined) => void

export class LogOutput {
  readonly #target: number | Writable
  #waiting = ''
  #lines = 0
  #isWriting = false
  #lost = 0
  #timer: NodeJS.Timeout | undefined

  readonly #tellLost: (lines: number) => void

  /**
   * @param target a file by its descriptor, anything else as a stream.
   * @param tellLost called when writing works again, with the number of lines that are missing; it may write.
   */
  constructor(target: number | Writable, tellLost: (lines: number) => void) {
    this.#target = target
    this.#tellLost = tellLost
    if (typeof target !== 'number') target.on('error', () => undefined)
  }

  /** A whole line, with its end. */
  write(line: string): void {
    if (this.#waiting.length + line.length > WAITING_CHARACTERS_MAX) {
      this.#lost++
      return
    }
    this.#waiting += line
    this.#lines++
    if (this.#waiting.length >= FLUSH_CHARACTERS) this.#send()
    else this.#timer ??= setTimeout(() => this.#send(), FLUSH_MS).unref()
  }

  /** Before the process ends: what can be written at once is. */
  flush(): void {
    const text = this.#take()
    if (text === '') return
    if (typeof this.#target !== 'number') {
      this.#target.write(text)
      return
    }
    const bytes = Buffer.from(text)
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#target, bytes, at)
    } catch {
      // There is nobody left to tell.
    }
  }

  #send(): void {
    if (this.#isWriting) return
    const lines = this.#lines
    const text = this.#take()
    if (text === '') return
    this.#isWriting = true
    this.#writeAll(Buffer.from(text), 0, (error) => {
      this.#isWriting = false
      if (error) this.#lost += lines
      else if (this.#lost > 0) {
        const lost = this.#lost
        this.#lost = 0
        this.#tellLost(lost)
      }
      if (this.#waiting.length >= FLUSH_CHARACTERS) this.#send()
    })
  }

  #take(): string {
    const text = this.#waiting
    this.#waiting = ''
    this.#lines = 0
    clearTimeout(this.#timer)
    this.#timer = undefined
    return text
  }

  #writeAll(bytes: Buffer, at: number, done: Done): void {
    if (typeof this.#target !== 'number') {
      this.#target.write(bytes, done)
      return
    }
    write(this.#target, bytes, at, bytes.length - at, null, (error, written) => {
      if (error || at + written === bytes.length) done(error)
      else this.#writeAll(bytes, at + written, done)
    })
  }
}
