/**
 * What policies allow one caller, whatever else a request says: asked once, and remembered.
 *
 * A subject is a resource as it is now, with its policy: another object from its next change on, so that nothing has to
 * be forgotten but what nobody can ask for any more. Denials are not remembered; they are rare, and never fast.
 *
 * @module
 */

/** Of one caller; more are remembered from the start again. */
const SUBJECTS_MAX = 64

export class Decisions {
  #actions = new WeakMap<object, Set<string>>()
  #subjects = 0

  areAllowed(subject: object, action: string): boolean {
    return this.#actions.get(subject)?.has(action) === true
  }

  allow(subject: object, action: string): void {
    const actions = this.#actions.get(subject)
    if (actions !== undefined) {
      actions.add(action)
      return
    }
    if (this.#subjects === SUBJECTS_MAX) {
      this.#actions = new WeakMap()
      this.#subjects = 0
    }
    this.#subjects++
    this.#actions.set(subject, new Set([action]))
  }
}
