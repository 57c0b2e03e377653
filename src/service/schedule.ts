/**
 * What is to happen by itself at some time, such as the deletion of a key whose waiting period is over.
 *
 * It happens before the next call looks at anything, so that nothing is seen that should be gone. Costs a comparison
 * when nothing is due.
 *
 * @module
 */
export interface Due {
  /** Nothing is to happen before; milliseconds since the epoch. */
  nextAt(): number
  /** Does all that is due at `now`. When it fails, it is due still. */
  run(now: number): Promise<void>
}

/** Milliseconds since the epoch, such as seen-time.ts tells. */
interface Time {
  now(): number
}

export class Schedule {
  readonly #time: Time
  readonly #dues: Due[] = []
  #running: Promise<void> | undefined

  constructor(time: Time) {
    this.#time = time
  }

  add(due: Due): void {
    this.#dues.push(due)
  }

  /** Resolves when all that is due has happened; undefined when nothing is. */
  catchUp(): Promise<void> | undefined {
    if (this.#running !== undefined) return this.#running
    const now = this.#time.now()
    if (this.#dues.every((due) => due.nextAt() > now)) return undefined
    this.#running = this.#run(now).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(now: number): Promise<void> {
    for (const due of this.#dues) if (due.nextAt() <= now) await due.run(now)
  }
}
