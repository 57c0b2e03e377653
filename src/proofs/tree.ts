/**
 * Roots and proofs of a Merkle tree, from the hashes of its whole subtrees.
 *
 *     a tree of 7 leaves:  [0,4) [4,6) [6,7)     its root hashes the last two, then the first with that
 *
 * Arithmetic only; where the hashes of subtrees come from is tiles.ts, how a proof is checked is in check-proof.ts. Sizes go
 * beyond 32 bits, so there are no shifts. Source: RFC 6962 §2.1.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { nodeHash } from '../bytes/merkle.js'

export interface Subtrees {
  /** Of the 2^`height` leaves from `index` · 2^`height` on, which are all there. */
  subtree(height: number, index: number): Promise<Buffer>
}

export const EMPTY_ROOT = createHash('sha256').digest()

/** The root over the leaves from `from` up to `to`. */
export async function treeHash(tree: Subtrees, from: number, to: number): Promise<Buffer> {
  if (from === to) return EMPTY_ROOT
  const leaves = to - from
  const whole = 2 ** Math.floor(Math.log2(leaves))
  if (whole === leaves) return await tree.subtree(Math.log2(leaves), from / leaves)
  const middle = from + whole
  return nodeHash(await treeHash(tree, from, middle), await treeHash(tree, middle, to))
}

/** From the leaf's sibling up; with the leaf and its index they give the root of `size` leaves. */
export async function inclusionPath(
  tree: Subtrees,
  index: number,
  size: number,
): Promise<Buffer[]> {
  const path: Buffer[] = []
  let [from, to] = [0, size]
  while (to - from > 1) {
    const middle = from + split(to - from)
    const isLeft = index < middle
    path.push(await (isLeft ? treeHash(tree, middle, to) : treeHash(tree, from, middle)))
    if (isLeft) to = middle
    else from = middle
  }
  return path.reverse()
}

/** What leads from the root of the first `old` leaves, at least one, to that of `size`. */
export async function consistencyPath(
  tree: Subtrees,
  old: number,
  size: number,
): Promise<Buffer[]> {
  const path: Buffer[] = []
  let [from, to] = [0, size]
  while (old < to) {
    const middle = from + split(to - from)
    const isLeft = old <= middle
    path.push(await (isLeft ? treeHash(tree, middle, to) : treeHash(tree, from, middle)))
    if (isLeft) to = middle
    else from = middle
  }
  // The old root itself is known to who asks.
  if (from > 0) path.push(await treeHash(tree, from, to))
  return path.reverse()
}

/** The largest power of two below `leaves`, which are more than one. */
export function split(leaves: number): number {
  const whole = 2 ** Math.floor(Math.log2(leaves))
  return whole === leaves ? whole / 2 : whole
}
