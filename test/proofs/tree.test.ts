/**
 * The tree as it grows, and proofs from it, against the standard's own words (reference.ts). Its size is signed with its
 * root: a path alone may fit to two sizes.
 */
import { mkdirSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { HASH_BYTES, leafHash } from '../../src/bytes/merkle.js'
import { isContinued, isIncluded } from '../../src/proofs/check-proof.js'
import { Edge } from '../../src/proofs/edge.js'
import { Tiles } from '../../src/proofs/tiles.js'
import { consistencyPath, inclusionPath, treeHash } from '../../src/proofs/tree.js'
import { fc, test } from '../support/property.js'
import { temporaryFolder } from '../support/serve.js'
import { auditPath, consistencyProof, treeHead } from './reference.js'

const folder = temporaryFolder('tree')
afterAll(() => folder.remove())

// Off-by-one errors live beside powers of two, and where a tile is full.
const SIZES = [1, 2, 3, 4, 7, 8, 9, 255, 256, 257, 511, 512, 513, 700]
const LARGEST = 700
const data = Array.from({ length: LARGEST }, (_, i) => Buffer.from(`record ${i}`))
const hashes = Buffer.concat(data.map(leafHash))
const heads = new Map(SIZES.map((size) => [size, treeHead(data.slice(0, size))]))
const headOf = (size: number) => ({ size, root: heads.get(size) ?? treeHead(data.slice(0, size)) })

const tiles = new Tiles(folder.path)
await tiles.add(hashes)
afterAll(() => tiles.close())

describe('the root', () => {
  it.each(SIZES)(
    'over %i leaves is that of the standard, from the edge and from tiles',
    async (size) => {
      const edge = new Edge()
      edge.add(hashes.subarray(0, size * HASH_BYTES))
      expect(edge.root()).toEqual(heads.get(size))
      expect(await treeHash(tiles, 0, size)).toEqual(heads.get(size))
    },
  )

  test.prop([fc.array(fc.nat(300), { maxLength: 6 })])(
    'does not depend on how leaves come',
    (steps) => {
      const edge = new Edge()
      let size = 0
      for (const step of steps) {
        const next = Math.min(LARGEST, size + step)
        edge.add(hashes.subarray(size * HASH_BYTES, next * HASH_BYTES))
        size = next
      }
      const whole = new Edge()
      whole.add(hashes.subarray(0, size * HASH_BYTES))
      expect(edge.root()).toEqual(whole.root())
    },
  )

  it('of more than 65,536 leaves, which is a tile of the second level, goes on from its edge', async () => {
    const leaf = leafHash(Buffer.of())
    const leaves = Buffer.alloc(66_000 * HASH_BYTES, leaf)
    const whole = new Edge()
    whole.add(leaves)
    const large = new Tiles(`${folder.path}/large`)
    mkdirSync(`${folder.path}/large`)
    await large.add(leaves.subarray(0, 65_900 * HASH_BYTES))
    await large.begin(65_536)
    await large.add(leaves.subarray(65_536 * HASH_BYTES))
    expect(large.root()).toEqual(whole.root())
    expect(await treeHash(large, 0, 66_000)).toEqual(whole.root())
    await large.close()
  })
})

describe('a proof of inclusion', () => {
  it.each(SIZES)('in %i leaves is that of the standard, and is believed', async (size) => {
    for (const index of new Set([0, 1, size >> 1, size - 2, size - 1])) {
      if (index < 0 || index >= size) continue
      const path = await inclusionPath(tiles, index, size)
      expect(path).toEqual(auditPath(index, data.slice(0, size)))
      expect(isIncluded(leafHash(data[index]!), index, path, headOf(size))).toBe(true)
    }
  })

  const place = fc
    .integer({ min: 1, max: 300 })
    .chain((size) =>
      fc.record({ size: fc.constant(size), index: fc.nat(size - 1), other: fc.nat(size) }),
    )
  test.prop([place], { numRuns: 60 })(
    'is not one of another place, tree or leaf',
    async ({ size, index, other }) => {
      const path = await inclusionPath(tiles, index, size)
      const leaf = leafHash(data[index]!)
      if (other !== index) {
        expect(isIncluded(leaf, other, path, headOf(size))).toBe(false)
        expect(isIncluded(leafHash(data[other]!), index, path, headOf(size))).toBe(false)
      }
      expect(isIncluded(leaf, index, [...path, leaf], headOf(size))).toBe(false)
      expect(isIncluded(leaf, index, path, headOf(size + 1))).toBe(false)
      for (const at of path.keys()) {
        expect(isIncluded(leaf, index, path.toSpliced(at, 1), headOf(size))).toBe(false)
        const flipped = Buffer.from(path[at]!)
        flipped[at % HASH_BYTES]! ^= 1
        expect(isIncluded(leaf, index, path.with(at, flipped), headOf(size))).toBe(false)
      }
    },
  )
})

describe('a proof of consistency', () => {
  it.each(SIZES)('with %i leaves is that of the standard, and is believed', async (size) => {
    for (const old of SIZES.filter((old) => old <= size)) {
      const path = await consistencyPath(tiles, old, size)
      expect(path).toEqual(consistencyProof(old, data.slice(0, size)))
      expect(isContinued(headOf(old), headOf(size), path)).toBe(true)
    }
  })

  const pair = fc
    .integer({ min: 1, max: 300 })
    .chain((size) => fc.record({ size: fc.constant(size), old: fc.integer({ min: 1, max: size }) }))
  test.prop([pair], { numRuns: 60 })(
    'is not one of another tree or another past',
    async ({ size, old }) => {
      const path = await consistencyPath(tiles, old, size)
      const changed = data.slice(0, size).with(old - 1, Buffer.from('another'))
      const forged = { size, root: treeHead(changed) }
      expect(isContinued(headOf(old), forged, consistencyProof(old, changed))).toBe(false)
      expect(isContinued(headOf(old), forged, path)).toBe(false)
      expect(isContinued(headOf(old), headOf(size), [...path, leafHash(data[0]!)])).toBe(false)
      expect(isContinued(headOf(old), headOf(size + 1), path)).toBe(false)
      for (const at of path.keys()) {
        expect(isContinued(headOf(old), headOf(size), path.toSpliced(at, 1))).toBe(false)
      }
    },
  )

  it('from nothing needs none, and from more to less there is none', () => {
    expect(isContinued(headOf(0), headOf(9), [])).toBe(true)
    expect(isContinued(headOf(0), headOf(9), [leafHash(data[0]!)])).toBe(false)
    expect(isContinued(headOf(9), headOf(8), [])).toBe(false)
  })
})
