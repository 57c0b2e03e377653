/**
 * Assertions for our own mistakes.
 *
 * A failed invariant is a defect in sealtrail, never the fault of a caller or of a disk: it is not
 * caught and softened. What can go wrong in normal operation is a SealtrailError (errors.ts).
 *
 * @module
 */

/** Thrown by {@link invariant} only. */
class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** `claim` is a sentence that is true whenever the code is right. */
export function invariant(holds: unknown, claim: string): asserts holds {
  if (!holds) throw new InvariantError(`broken: ${claim}`)
}
