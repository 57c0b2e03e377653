/** Hashes of the tree against those of Certificate Transparency (test/vectors/merkle). */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { leafHash, nodeHash } from '../../src/bytes/merkle.js'
import { Edge, rootOf } from '../../src/proofs/edge.js'

const vectors = JSON.parse(readFileSync('test/vectors/merkle/tree.json', 'utf8')) as {
  readonly leaves: readonly string[]
  readonly nodes: readonly (readonly string[])[]
  readonly roots: readonly string[]
}
const leaves = vectors.leaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex')))

describe('a tree of the published leaves', () => {
  it('has their hashes', () => {
    expect(leaves.map((leaf) => leaf.toString('hex'))).toEqual(vectors.nodes[0])
  })

  it('has their nodes', () => {
    for (const [level, nodes] of vectors.nodes.entries()) {
      for (const [i, node] of nodes.entries()) {
        const under = Buffer.concat(leaves.slice(i * 2 ** level, (i + 1) * 2 ** level))
        expect(rootOf(under).toString('hex')).toBe(node)
      }
    }
    const [left, right] = vectors.nodes[2]!.map((node) => Buffer.from(node, 'hex'))
    expect(nodeHash(left!, right!).toString('hex')).toBe(vectors.nodes[3]![0])
  })

  it.each(vectors.roots.map((root, size) => ({ size, root })))(
    'of size $size has its root',
    ({ size, root }) => {
      const edge = new Edge()
      edge.add(Buffer.concat(leaves.slice(0, size)))
      expect([edge.size, edge.root().toString('hex')]).toEqual([size, root])
    },
  )
})
