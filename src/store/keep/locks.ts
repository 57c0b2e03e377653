/**
 * One after the other, by name: who changes a key or an alias, or loads it, holds its name meanwhile.
 *
 * Names are taken all at once, in the order of asking, so that nobody waits in a circle.
 *
 * @module
 */

const NOW = Promise.resolve()

export class Locks {
  /** For each name that is held: resolves when the last in line is done. Never rejects. */
  readonly #tails = new Map<string, Promise<void>>()

  /** Runs `work` when nobody who asked earlier holds any of `names`; answers as `work` does. */
  run<Answer>(names: readonly string[], work: () => Promise<Answer>): Promise<Answer> {
    const before = names.flatMap((name) => this.#tails.get(name) ?? [])
    const turn: Promise<unknown> = before.length === 0 ? NOW : Promise.all(before)
    const answer = turn.then(work)
    const leave = () => {
      for (const name of names) if (this.#tails.get(name) === done) this.#tails.delete(name)
    }
    const done: Promise<void> = answer.then(leave, leave)
    for (const name of names) this.#tails.set(name, done)
    return answer
  }
}
