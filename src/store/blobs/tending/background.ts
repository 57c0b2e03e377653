/**
 * What goes on in the background of blobs: one sweep after a start, then room given back whenever there is some.
 *
 * Nobody waits for it. What fails is tried again the next time that somebody removes something: whoever puts or reads is
 * told of what fails, here it can wait.
 *
 * @module
 */
export interface BackgroundWork {
  /** Once, until it has gone well. */
  sweep(): Promise<void>
  giveBack(): Promise<void>
  readonly isStopped: () => boolean
}

export class Background {
  readonly #work: BackgroundWork
  #isSwept = false
  #isWanted = false
  #running: Promise<void> | undefined

  constructor(work: BackgroundWork) {
    this.#work = work
  }

  /** There may be something to do. */
  wake(): void {
    this.#isWanted = true
    this.#running ??= this.#run()
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#isWanted && !this.#work.isStopped()) {
      this.#isWanted = false
      try {
        if (!this.#isSwept) await this.#work.sweep()
        this.#isSwept = true
        await this.#work.giveBack()
      } catch {}
    }
    this.#running = undefined
  }
}
