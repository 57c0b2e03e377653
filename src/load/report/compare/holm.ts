/**
 * What probabilities are worth of which several were looked at.
 *
 * Source: S. Holm, "A simple sequentially rejective multiple test procedure" (1979).
 *
 * @module
 */

/** Probabilities as they are when all of them are looked at. */
export function holm(chances: readonly number[]): number[] {
  const order = [...chances.keys()].sort((a, b) => chances[a]! - chances[b]!)
  const adjusted = new Array<number>(chances.length)
  let least = 0
  for (const [rank, i] of order.entries()) {
    least = Math.max(least, Math.min(1, chances[i]! * (chances.length - rank)))
    adjusted[i] = least
  }
  return adjusted
}
