/**
 * Whether a path of hashes shows what it is said to show; nothing but the path is trusted.
 *
 * The walks are written from the standard and know nothing of how a path is made (tree.ts). Source: RFC 9162 §2.1.3.2,
 * §2.1.4.2.
 *
 * @module
 */
import { nodeHash } from '../bytes/merkle.js'
import type { Head } from './checkpoint.js'

/** Whether leaf `index` of the tree has the hash `leaf`. */
export function isIncluded(
  leaf: Buffer,
  index: number,
  path: readonly Buffer[],
  { size, root }: Head,
): boolean {
  if (index >= size) return false
  let [at, last, hash] = [index, size - 1, leaf]
  for (const sibling of path) {
    if (last === 0) return false
    if (isOdd(at) || at === last) {
      hash = nodeHash(sibling, hash)
      while (!isOdd(at) && at > 0) [at, last] = [half(at), half(last)]
    } else hash = nodeHash(hash, sibling)
    ;[at, last] = [half(at), half(last)]
  }
  return last === 0 && hash.equals(root)
}

/** Whether the tree `now` begins with all leaves of the tree `old`. */
export function isContinued(old: Head, now: Head, path: readonly Buffer[]): boolean {
  if (old.size > now.size) return false
  if (old.size === now.size) return path.length === 0 && old.root.equals(now.root)
  // Every tree begins with nothing.
  if (old.size === 0) return path.length === 0
  const isWhole = Number.isInteger(Math.log2(old.size))
  const [first, ...rest] = isWhole ? [old.root, ...path] : path
  if (first === undefined) return false
  let [at, last] = [old.size - 1, now.size - 1]
  while (isOdd(at)) [at, last] = [half(at), half(last)]
  let [before, after] = [first, first]
  for (const hash of rest) {
    if (last === 0) return false
    if (isOdd(at) || at === last) {
      before = nodeHash(hash, before)
      after = nodeHash(hash, after)
      while (!isOdd(at) && at > 0) [at, last] = [half(at), half(last)]
    } else after = nodeHash(after, hash)
    ;[at, last] = [half(at), half(last)]
  }
  return last === 0 && before.equals(old.root) && after.equals(now.root)
}

function isOdd(value: number): boolean {
  return value % 2 === 1
}

function half(value: number): number {
  return Math.floor(value / 2)
}
