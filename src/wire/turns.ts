/**
 * So many at once; whoever comes later waits his turn, and leaves when his time is over, if it has an end.
 *
 * undici has a line of its own, which nobody leaves before his turn: a host that takes no connection would keep whoever asks it
 * for as long as the connection is tried, and as long again for each who asked before.
 *
 * @module
 */
export class Turns {
  #free: number
  /** First come, first served. */
  readonly #waiting = new Set<() => void>()

  constructor(count: number) {
    this.#free = count
  }

  /** Whoever got one gives it back. @throws whatever `signal` is aborted with */
  async take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (this.#free > 0) {
      this.#free--
      return
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(enter)
        reject(signal?.reason)
      }
      const enter = () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      signal?.addEventListener('abort', leave)
      this.#waiting.add(enter)
    })
  }

  give(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free++
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
