/** RFC 6962 §2.1 as it is written there, over leaves in memory: what ours is held against. */
import { createHash } from 'node:crypto'

type Leaves = readonly Uint8Array[]

const sha256 = (...pieces: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest()
}

/** k: the largest power of two smaller than n. */
function largest(n: number): number {
  let k = 1
  while (2 * k < n) k *= 2
  return k
}

/** MTH(D[n]). */
export function treeHead(leaves: Leaves): Buffer {
  const [first] = leaves
  if (first === undefined) return sha256()
  if (leaves.length === 1) return sha256(Buffer.of(0), first)
  const k = largest(leaves.length)
  return sha256(Buffer.of(1), treeHead(leaves.slice(0, k)), treeHead(leaves.slice(k)))
}

/** PATH(m, D[n]). */
export function auditPath(m: number, leaves: Leaves): Buffer[] {
  if (leaves.length === 1) return []
  const k = largest(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return m < k
    ? [...auditPath(m, left), treeHead(right)]
    : [...auditPath(m - k, right), treeHead(left)]
}

/** PROOF(m, D[n]). */
export function consistencyProof(m: number, leaves: Leaves): Buffer[] {
  return subproof(m, leaves, true)
}

function subproof(m: number, leaves: Leaves, isWhole: boolean): Buffer[] {
  if (m === leaves.length) return isWhole ? [] : [treeHead(leaves)]
  const k = largest(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return m <= k
    ? [...subproof(m, left, isWhole), treeHead(right)]
    : [...subproof(m - k, right, false), treeHead(left)]
}
