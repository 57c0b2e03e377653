/**
 * What blobs are, wherever they lie: one suite for each body of `Blobs`.
 *
 * What only files or only an upstream has is tested beside them.
 *
 * @module
 */
import { describe, expect, it } from 'vitest'
import type { BlobRef, Blobs } from '../../../src/store/blobs/blobs.js'
import { SMALL_BYTES_MAX } from '../../../src/store/blobs/packs/layout.js'
import { fc, test } from '../../support/property.js'
import { bytesOf, expectSame, ModelRows, piecesOf, readAll } from './support.js'

/** A place for blobs of its own, empty at first. */
export interface Site {
  open(): Promise<Blobs>
  /** Names of what lies there and has blobs in it. */
  packs(): Promise<string[]>
  files(): Promise<string[]>
}

export interface SuiteBody {
  newSite(): Promise<Site>
  /** How refs of small and of large ones begin. */
  readonly small: string
  readonly large: string
  /** Sizes where something changes, beside those of all bodies. */
  readonly edges: readonly number[]
  /** Refs that lead nowhere. */
  readonly strangers: readonly string[]
  /** Of things done in a row, with one start after the other. */
  readonly runs: number
}

type Step = readonly ['put' | 'stream' | 'drop' | 'reopen' | 'kill' | 'tend', number, number]

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('put', 'put', 'put', 'stream', 'drop', 'drop', 'reopen', 'kill', 'tend'),
  fc.nat(12),
  fc.constantFrom(0, 1, 100, 5000, 70_000, 80_000),
)

export function blobsSuite({ newSite, small, large, edges: more, strangers, runs }: SuiteBody) {
  // Off-by-one errors live at nothing, at one byte, at where a pack ends and a file begins, and at a buffer's end.
  const edges = [
    ...[0, 1, 7, 8, 4096, SMALL_BYTES_MAX - 1, SMALL_BYTES_MAX, SMALL_BYTES_MAX + 1],
    ...more,
  ]

  /** Opened for one test, and closed with it. */
  async function within(work: (blobs: Blobs, site: Site) => Promise<void>): Promise<void> {
    const site = await newSite()
    const blobs = await site.open()
    try {
      await work(blobs, site)
    } finally {
      await blobs.close()
    }
  }

  describe('a blob', () => {
    it.each(edges)(
      'of %i bytes comes back as it was put, also after another start',
      async (size) => {
        const site = await newSite()
        const bytes = bytesOf(size, 'a')
        const first = await site.open()
        const refs = [
          await first.put(bytes),
          (await first.putStream(piecesOf(bytes, 1000))).ref,
          (await first.putStream(piecesOf(bytes, size + 1))).ref,
        ]
        expect(new Set(refs).size).toBe(3)
        for (const ref of refs) expectSame(await readAll(first, ref), bytes)
        await first.close()
        const second = await site.open()
        for (const ref of refs) expectSame(await readAll(second, ref), bytes)
        await second.close()
      },
    )

    it.each(edges)('of %i bytes is a record of a pack or alone, whoever gives it', (size) =>
      within(async (blobs) => {
        const kind = size <= SMALL_BYTES_MAX ? small : large
        expect(await blobs.put(bytesOf(size, 'a'))).toMatch(new RegExp(`^${kind}-[a-z0-9-]{1,61}$`))
        const { ref, bytes } = await blobs.putStream(piecesOf(bytesOf(size, 'a'), 100_000))
        expect(ref.split('-')[0]).toBe(kind)
        expect(ref.length).toBeLessThanOrEqual(64)
        expect(bytes).toBe(size)
      }),
    )

    it.each([100, 300_000])('of %i bytes is read at any place, and not beyond its end', (size) =>
      within(async (blobs) => {
        const bytes = bytesOf(size, 'b')
        const reader = await blobs.open(await blobs.put(bytes))
        expect(reader.bytes).toBe(size)
        for (const [at, count] of [
          [0, 0],
          [0, 1],
          [17, 50],
          [size - 1, 1],
          [size, 0],
        ] as const) {
          expectSame(await reader.read(at, count), bytes.subarray(at, at + count))
        }
        await expect(reader.read(size - 1, 2)).rejects.toMatchObject({ code: 'ObjectDamaged' })
        await reader.close()
        await reader.close()
      }),
    )

    it('is read in any steps, forwards and back', () =>
      within(async (blobs) => {
        const bytes = bytesOf(1_000_003, 'c')
        const reader = await blobs.open(await blobs.put(bytes))
        for (const size of [20_000, 65_536, 300_000]) {
          for (let at = 0; at < bytes.length; at += size * 3) {
            for (const from of [at, at + size, at]) {
              const count = Math.max(0, Math.min(size, bytes.length - from))
              if (count === 0) continue
              expectSame(await reader.read(from, count), bytes.subarray(from, from + count))
            }
          }
        }
        await reader.close()
      }))

    it.each(strangers)('is not found under %j', (ref) =>
      within(async (blobs) => {
        await expect(blobs.open(ref)).rejects.toMatchObject({ code: 'ObjectDamaged' })
      }),
    )
  })

  describe('blobs put together', () => {
    it('are each whole', () =>
      within(async (blobs) => {
        const all = Array.from({ length: 500 }, (_, i) => bytesOf(i % 700, String(i)))
        const refs = await Promise.all(all.map((bytes) => blobs.put(bytes)))
        expect(new Set(refs).size).toBe(all.length)
        for (const [i, ref] of refs.entries()) expectSame(await readAll(blobs, ref), all[i]!)
      }))

    it('of many megabytes are more than one batch', () =>
      within(async (blobs) => {
        const all = Array.from({ length: 150 }, (_, i) => bytesOf(SMALL_BYTES_MAX, String(i)))
        const refs = await Promise.all(all.map((bytes) => blobs.put(bytes)))
        for (const [i, ref] of refs.entries()) expectSame(await readAll(blobs, ref), all[i]!)
      }))
  })

  describe('a stream', () => {
    it.each([100, 1_000_000])(
      'that fails after %i bytes fails the put with its own error, and leaves nothing',
      (size) =>
        within(async (blobs, site) => {
          const reason = new Error('the sender went away')
          async function* pieces() {
            yield* piecesOf(bytesOf(size, 'a'), 50_000)
            throw reason
          }
          await expect(blobs.putStream(pieces())).rejects.toBe(reason)
          expect([...(await site.packs()), ...(await site.files())]).toEqual([])
        }),
    )

    it('is asked for no more than what is being written', () =>
      within(async (blobs) => {
        let asked = 0
        let isAsked = false
        async function* pieces() {
          for (; asked < 100; asked++) {
            expect(isAsked).toBe(false)
            isAsked = true
            yield Buffer.alloc(10_000, asked)
            isAsked = false
          }
        }
        const { ref } = await blobs.putStream(pieces())
        const all = Array.from({ length: 100 }, (_, i) => Buffer.alloc(10_000, i))
        expectSame(await readAll(blobs, ref), Buffer.concat(all))
      }))

    it('may use the memory of a piece again', () =>
      within(async (blobs) => {
        async function* pieces() {
          const piece = Buffer.alloc(1000)
          for (let i = 0; i < 300; i++) yield piece.fill(i)
        }
        const { ref } = await blobs.putStream(pieces())
        const all = Array.from({ length: 300 }, (_, i) => Buffer.alloc(1000, i))
        expectSame(await readAll(blobs, ref), Buffer.concat(all))
      }))
  })

  describe('a held blob', () => {
    it.each([70_000, 300_000])('of %i bytes outlives its row, until it is removed', (size) =>
      within(async (blobs) => {
        const rows = new ModelRows()
        // Enough for a pack to be closed.
        const names = Array.from({ length: 260 }, (_, i) => `blob ${i}`)
        const all = names.slice(0, size > SMALL_BYTES_MAX ? 2 : 260)
        await Promise.all(all.map((name) => rows.put(blobs, name, bytesOf(size, name))))
        blobs.tend(rows)
        const held = rows.refs.get('blob 0')!
        blobs.hold([held])
        rows.refs.delete('blob 0')
        for (const name of all.slice(1)) await rows.drop(blobs, name)
        await blobs.tended()
        expectSame(await readAll(blobs, held), bytesOf(size, 'blob 0'))
        await blobs.remove([held])
        await blobs.tended()
        await expect(blobs.open(held)).rejects.toMatchObject({ code: 'ObjectDamaged' })
      }),
    )

    it.each([100, 300_000])(
      'of %i bytes stays when its row goes while it is swept',
      async (size) => {
        const site = await newSite()
        const rows = new ModelRows()
        const first = await site.open()
        await rows.put(first, 'a', bytesOf(size, 'a'))
        await first.close()
        const second = await site.open()
        const held = rows.refs.get('a')!
        const { named } = rows
        rows.named = async (...range) => {
          second.hold([held])
          rows.refs.delete('a')
          return await named.apply(rows, range)
        }
        second.tend(rows)
        await second.tended()
        expectSame(await readAll(second, held), bytesOf(size, 'a'))
        await second.close()
      },
    )

    it('that is settled again goes with its row', () =>
      within(async (blobs) => {
        const rows = new ModelRows()
        await rows.put(blobs, 'a', bytesOf(300_000, 'a'))
        const held = rows.refs.get('a')!
        blobs.hold([held])
        blobs.settle([held])
        await rows.drop(blobs, 'a')
        await expect(blobs.open(held)).rejects.toMatchObject({ code: 'ObjectDamaged' })
      }))
  })

  describe('a removed blob', () => {
    it.each([100, 100_000])('of %i bytes is read to its end by who has it open', (size) =>
      within(async (blobs) => {
        const ref = await blobs.put(bytesOf(size, 'a'))
        const reader = await blobs.open(ref)
        await blobs.remove([ref])
        await blobs.remove([ref])
        expectSame(await reader.read(0, size), bytesOf(size, 'a'))
        await reader.close()
      }),
    )

    it('that lies alone is not there any more', () =>
      within(async (blobs, site) => {
        const ref = await blobs.put(bytesOf(100_000, 'a'))
        await blobs.remove([ref])
        await expect(blobs.open(ref)).rejects.toMatchObject({ code: 'ObjectDamaged' })
        expect(await site.files()).toEqual([])
      }))
  })

  describe('a sweep', () => {
    it('removes what no row names, and nothing else', async () => {
      const site = await newSite()
      const rows = new ModelRows()
      const first = await site.open()
      await rows.put(first, 'named', bytesOf(100_000, 'named'))
      await first.put(bytesOf(100_000, 'nobody’s'))
      await first.close()
      expect(await site.files()).toHaveLength(2)
      const blobs = await site.open()
      blobs.tend(rows)
      await blobs.tended()
      expect(await site.files()).toHaveLength(1)
      expectSame(await readAll(blobs, rows.refs.get('named')!), bytesOf(100_000, 'named'))
      await blobs.close()
    })

    it('leaves what this process has given out, or is writing, until it is settled', () =>
      within(async (blobs) => {
        let goOn = () => undefined as unknown
        async function* slow() {
          yield bytesOf(100_000, 'slow')
          await new Promise((resolve) => {
            goOn = () => resolve(undefined)
          })
        }
        const slowly = blobs.putStream(slow())
        const given = [
          await blobs.put(bytesOf(100_000, 'given')),
          await blobs.put(bytesOf(10, 'given')),
        ]
        blobs.tend(new ModelRows())
        await blobs.tended()
        goOn()
        expectSame(await readAll(blobs, (await slowly).ref), bytesOf(100_000, 'slow'))
        expectSame(await readAll(blobs, given[0]!), bytesOf(100_000, 'given'))
        expectSame(await readAll(blobs, given[1]!), bytesOf(10, 'given'))
      }))
  })

  describe('closed blobs', () => {
    it('take and give nothing more, and have written what was in line', async () => {
      const site = await newSite()
      const blobs = await site.open()
      const puts = Array.from({ length: 50 }, (_, i) => blobs.put(bytesOf(i * 3000, String(i))))
      await Promise.all([blobs.close(), blobs.close()])
      const refs = await Promise.all(puts)
      await expect(blobs.put(bytesOf(1, 'a'))).rejects.toMatchObject({ code: 'Closed' })
      await expect(blobs.open(refs[0]!)).rejects.toMatchObject({ code: 'Closed' })
      const again = await site.open()
      for (const [i, ref] of refs.entries()) {
        expectSame(await readAll(again, ref), bytesOf(i * 3000, String(i)))
      }
      await again.close()
    })
  })

  describe('blobs and their rows', () => {
    test.prop([fc.array(step, { maxLength: 40 })], { numRuns: runs })(
      'agree, whatever is put, removed, moved, closed and left open',
      async (steps) => {
        const site = await newSite()
        const rows = new ModelRows()
        const wanted = new Map<string, Buffer>()
        const left: Blobs[] = []
        let blobs = await site.open()
        blobs.tend(rows)
        for (const [i, [what, slot, size]] of steps.entries()) {
          const name = String(slot)
          const bytes = bytesOf(size, `${i}`)
          if (what === 'put') await rows.put(blobs, name, bytes)
          if (what === 'stream') {
            await rows.name(blobs, name, (await blobs.putStream(piecesOf(bytes, 9999))).ref)
          }
          if (what === 'put' || what === 'stream') wanted.set(name, bytes)
          if (what === 'drop') await rows.drop(blobs, name)
          if (what === 'drop') wanted.delete(name)
          if (what === 'tend') await blobs.tended()
          if (what === 'reopen' || what === 'kill') {
            await blobs.tended()
            if (what === 'reopen') await blobs.close()
            else left.push(blobs)
            blobs = await site.open()
            blobs.tend(rows)
          }
        }
        await blobs.tended()
        expect([...rows.refs.keys()].sort()).toEqual([...wanted.keys()].sort())
        for (const [name, ref] of rows.refs)
          expectSame(await readAll(blobs, ref), wanted.get(name)!)
        expect(await site.files()).toHaveLength(largeIn(rows.refs.values()))
        await blobs.close()
        // Their process is gone: what they hold is let go, and nothing is written.
        for (const one of left) await one.close()
      },
      120_000,
    )
  })

  function largeIn(refs: Iterable<BlobRef>): number {
    return [...refs].filter((ref) => ref.startsWith(`${large}-`)).length
  }
}
