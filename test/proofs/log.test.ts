/** The log of a journal: what it signs, what it proves, and what it does not take for its own. */
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HASH_BYTES, leafHash } from '../../src/bytes/merkle.js'
import { MerkleLog } from '../../src/proofs/merkle-log.js'
import { verifyConsistency, verifyInclusion } from '../../src/proofs/proof.js'
import type { Store } from '../../src/store/store.js'
import { storeLike } from '../support/kms.js'
import { temporaryFolder } from '../support/serve.js'
import { type LogParts, openLogParts, record, say, withLog } from './proof-house.js'
import { treeHead } from './reference.js'
import { tampered } from './tamper.mjs'

const ACCOUNT = '111122223333'
const ids = (count: number, name = 'e') => Array.from({ length: count }, (_, i) => `${name}-${i}`)
const refusal = (code: string, says = /./) =>
  expect.objectContaining({ code, message: expect.stringMatching(says) })

let folder: ReturnType<typeof temporaryFolder>
let parts: LogParts
beforeEach(async () => {
  folder = temporaryFolder('log')
  parts = await openLogParts(folder.path)
})
afterEach(async () => {
  await parts.close()
  folder.remove()
})

/** Closes everything, and opens it again. */
async function reopen(meanwhile: () => void = () => undefined): Promise<void> {
  await parts.close()
  meanwhile()
  parts = await openLogParts(folder.path)
}

const dataDir = () => join(folder.path, 'data')
const inLog = (name: string) => join(dataDir(), 'log', name)
const sizeOf = (checkpoint: string) => Number(checkpoint.split('\n')[1])
const rootOf = (checkpoint: string) => checkpoint.split('\n')[2]

/** The bytes of each leaf, read back from the journal. */
async function leavesOf(store: Store, count: number): Promise<Buffer[]> {
  const leaves = Array.from({ length: count }, () => Buffer.of())
  let query: Parameters<Store['records']>[0] | undefined = { after: 0, holding: [] }
  while (query !== undefined) {
    const page = await store.records(query)
    for (const { seq, record } of page.records) leaves[seq - 1] = Buffer.from(record)
    query = page.next
  }
  return leaves
}

describe('a checkpoint', () => {
  it('is over the records of the journal, in their order, by the standard alone', async () => {
    await say(parts.store, ids(300))
    await withLog(parts, async (log) => {
      const checkpoint = await log.checkpoint()
      const leaves = await leavesOf(parts.store, sizeOf(checkpoint))
      expect(leaves.filter((leaf) => leaf.length > 0)).toHaveLength(300)
      expect(rootOf(checkpoint)).toBe(treeHead(leaves).toString('base64'))
    })
  })

  it('is the same while nothing is recorded: signing leaves nothing to sign', async () => {
    await say(parts.store, ids(3))
    await withLog(parts, async (log) => {
      const first = await log.checkpoint()
      expect(await log.checkpoint()).toBe(first)
      await say(parts.store, ids(1, 'more'))
      expect(sizeOf(await log.checkpoint())).toBe(sizeOf(first) + 1)
    })
  })

  it('is kept, and goes on after a start under the same key', async () => {
    await say(parts.store, ids(520))
    const [key, older] = await withLog(parts, async (log) => [
      await log.key(),
      await log.checkpoint(),
    ])
    await reopen()
    await say(parts.store, ids(520, 'later'))
    await withLog(parts, async (log) => {
      expect(await log.key()).toBe(key)
      const proof = await log.consistency(older)
      expect(verifyConsistency(proof, older, key)).toMatchObject({ from: sizeOf(older) })
      expect(await log.check(older)).not.toHaveProperty('problem')
    })
  })

  it('is asked for by many at once, and all get one that is good', async () => {
    await say(parts.store, ids(50))
    await withLog(parts, async (log) => {
      const asked = Array.from({ length: 20 }, () => log.checkpoint())
      const said = say(parts.store, ids(50, 'meanwhile'))
      const older = await Promise.all(asked)
      await said
      const key = await log.key()
      for (const one of new Set(older)) verifyConsistency(await log.consistency(one), one, key)
    })
  })

  it('leaves files for the owner alone', async () => {
    await withLog(parts, (log) => log.checkpoint())
    expect(readdirSync(inLog('.')).sort()).toEqual(['checkpoint', 'level-0'])
    expect(statSync(inLog('.')).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(inLog('.'))) expect(statSync(inLog(name)).mode & 0o077).toBe(0)
  })

  it('is not there, nor is anything else, before somebody asks', async () => {
    await say(parts.store, ids(3))
    await withLog(parts, async () => undefined)
    await expect(leavesOf(parts.store, 4)).resolves.toHaveLength(4)
    expect(readdirSync(dataDir())).not.toContain('log')
  })

  it('cannot be had while its files cannot be written, and nothing else fails for it', async () => {
    await say(parts.store, ids(3))
    mkdirSync(inLog('level-0'), { recursive: true })
    const { store, root } = parts
    const log = await MerkleLog.open({ store, root, tickMs: 20 })
    try {
      await expect(log.checkpoint()).rejects.toThrow(refusal('StoreFailed', /files of the log/))
      await say(store, ids(300, 'meanwhile'))
      rmSync(inLog('level-0'), { recursive: true })
      const checkpoint = await log.checkpoint()
      const leaves = await leavesOf(store, sizeOf(checkpoint))
      expect(rootOf(checkpoint)).toBe(treeHead(leaves).toString('base64'))
    } finally {
      await log.close()
    }
  })

  it('comes by itself once it was asked for', async () => {
    const { store, root } = parts
    const log = await MerkleLog.open({ store, root, tickMs: 20 })
    try {
      const first = sizeOf(await log.checkpoint())
      await say(store, ids(5))
      const kept = () => sizeOf(readFileSync(inLog('checkpoint'), 'utf8'))
      await expect.poll(kept).toBe(first + 5)
    } finally {
      await log.close()
    }
  })
})

describe('a proof', () => {
  it('shows each record, byte for byte, to whoever has the key', async () => {
    await say(parts.store, ids(300))
    await withLog(parts, async (log) => {
      const key = await log.key()
      for (const id of ['e-0', 'e-1', 'e-255', 'e-256', 'e-299']) {
        const proven = verifyInclusion(await log.inclusion(id, ACCOUNT), key)
        expect(proven).toMatchObject({ record: record(id) })
      }
    })
  })

  it('is of records of the account alone', async () => {
    await say(parts.store, ['theirs'], '444455556666')
    await withLog(parts, async (log) => {
      await expect(log.inclusion('theirs', ACCOUNT)).rejects.toThrow(refusal('InputInvalid'))
      await expect(log.inclusion('theirs', '444455556666')).resolves.toMatch(/^c2sp\.org/)
      await expect(log.inclusion('nobody’s', ACCOUNT)).rejects.toThrow(refusal('InputInvalid'))
    })
  })

  it('is refused when anything in it was changed', async () => {
    await say(parts.store, ids(40))
    await withLog(parts, async (log) => {
      const [key, older] = [await log.key(), await log.checkpoint()]
      await say(parts.store, ids(40, 'later'))
      const inclusion = await log.inclusion('e-7', ACCOUNT)
      const growth = await log.consistency(older)
      let drawn = 1
      const random = (below: number) => {
        drawn = (drawn * 48_271) % 0x7fffffff
        return drawn % below
      }
      for (let i = 0; i < 200; i++) {
        expect(() => verifyInclusion(tampered(inclusion, random), key)).toThrow(
          refusal('ProofInvalid'),
        )
        expect(() => verifyConsistency(tampered(growth, random), older, key)).toThrow(
          refusal('ProofInvalid'),
        )
      }
      expect(() =>
        verifyConsistency(growth, growth.slice(growth.indexOf('\n\n') + 2), key),
      ).toThrow(refusal('ProofInvalid', /another size/))
    })
  })

  it('is refused with another character anywhere', async () => {
    await say(parts.store, ids(5))
    await withLog(parts, async (log) => {
      const [key, proof] = [await log.key(), await log.inclusion('e-3', ACCOUNT)]
      for (let at = 0; at < proof.length; at++) {
        for (const other of ['A', '0', '\n']) {
          if (proof[at] === other) continue
          const changed = proof.slice(0, at) + other + proof.slice(at + 1)
          expect(() => verifyInclusion(changed, key)).toThrow(refusal('ProofInvalid'))
        }
        expect(() => verifyInclusion(proof.slice(0, at), key)).toThrow(refusal('ProofInvalid'))
      }
      expect(() => verifyInclusion(`${proof}\n`, key)).toThrow(refusal('ProofInvalid'))
    })
  })

  it('of growth is not given for what another log signed, or what has another past', async () => {
    await say(parts.store, ids(10))
    const other = temporaryFolder('log-other')
    const others = await openLogParts(other.path)
    await say(others.store, ids(10))
    const theirs = await withLog(others, (log) => log.checkpoint())
    await others.close()
    other.remove()
    await withLog(parts, async (log) => {
      await expect(log.consistency(theirs)).rejects.toThrow(refusal('ProofInvalid', /not signed/))
      await expect(log.consistency('no checkpoint')).rejects.toThrow(refusal('ProofInvalid'))
      expect(await log.check(theirs)).toMatchObject({ problem: { kind: 'kept' } })
    })
  })
})

describe('a start', () => {
  it('refuses an older state of the journal under a log that was signed over more', async () => {
    await say(parts.store, ids(5))
    await withLog(parts, (log) => log.checkpoint())
    const older = join(folder.path, 'older')
    await reopen(() => cpSync(dataDir(), older, { recursive: true }))
    await say(parts.store, ids(5, 'later'))
    await withLog(parts, (log) => log.checkpoint())
    await reopen(() => {
      cpSync(inLog('.'), join(folder.path, 'newer-log'), { recursive: true })
      rmSync(dataDir(), { recursive: true })
      cpSync(older, dataDir(), { recursive: true })
      cpSync(join(folder.path, 'newer-log'), inLog('.'), { recursive: true })
    })
    const opened = withLog(parts, async () => undefined)
    await expect(opened).rejects.toThrow(refusal('StoreDamaged', /an older state came back/))
  })

  it('refuses a checkpoint that the log did not sign, and tiles from which its root does not follow', async () => {
    await say(parts.store, ids(5))
    await withLog(parts, (log) => log.checkpoint())
    const checkpoint = readFileSync(inLog('checkpoint'), 'utf8')
    writeFileSync(inLog('checkpoint'), checkpoint.replace(/\n(\d+)\n/, '\n1\n'))
    const opened = () => withLog(parts, async () => undefined)
    await expect(opened()).rejects.toThrow(refusal('StoreDamaged', /did not sign it/))
    writeFileSync(inLog('checkpoint'), checkpoint)
    const leaves = readFileSync(inLog('level-0'))
    leaves[40]! ^= 1
    writeFileSync(inLog('level-0'), leaves)
    await expect(opened()).rejects.toThrow(refusal('StoreDamaged', /does not follow/))
    writeFileSync(inLog('level-0'), leaves.subarray(0, HASH_BYTES))
    await expect(opened()).rejects.toThrow(refusal('StoreDamaged', /the tiles of the log end/))
  })

  it('makes the log again from the journal when its files are gone, the same one', async () => {
    await say(parts.store, ids(300))
    const [key, older] = await withLog(parts, async (log) => [
      await log.key(),
      await log.checkpoint(),
    ])
    rmSync(inLog('.'), { recursive: true })
    await withLog(parts, async (log) => {
      expect([await log.key(), await log.checkpoint()]).toEqual([key, older])
    })
  })

  it('passes over what was written behind the last checkpoint', async () => {
    await say(parts.store, ids(300))
    await withLog(parts, (log) => log.checkpoint())
    writeFileSync(inLog('level-0'), Buffer.alloc(1000, 7), { flag: 'a' })
    await say(parts.store, ids(300, 'later'))
    await withLog(parts, async (log) => {
      const checkpoint = await log.checkpoint()
      const leaves = await leavesOf(parts.store, sizeOf(checkpoint))
      expect(rootOf(checkpoint)).toBe(treeHead(leaves).toString('base64'))
      expect(await log.check()).not.toHaveProperty('problem')
    })
  })
})

describe('a journal that has dropped its oldest records', () => {
  /** The same, without the first ones. */
  const dropping = (store: Store, dropped: number): Store => ({
    ...storeLike(store),
    async leaves(after) {
      const page = await store.leaves(Math.max(after, dropped))
      return page
    },
  })

  it('begins its log where it begins', async () => {
    await say(parts.store, ids(20))
    const log = await MerkleLog.open({ ...parts, store: dropping(parts.store, 10), tickMs: 0 })
    const [key, checkpoint] = [await log.key(), await log.checkpoint()]
    const [first] = (await parts.store.records({ after: 10, holding: [] })).records
    const { eventID } = JSON.parse(first!.record)
    const proven = verifyInclusion(await log.inclusion(eventID, ACCOUNT), key)
    expect(proven).toEqual({ record: first!.record, index: 0, size: sizeOf(checkpoint) })
    const old = (await parts.store.records({ after: 0, holding: [] })).records[0]!
    const asked = log.inclusion(JSON.parse(old.record).eventID, ACCOUNT)
    await expect(asked).rejects.toThrow(refusal('InputInvalid', /before the log was begun/))
    await log.close()
  })

  it('keeps proving and checking by the hashes that the log has', async () => {
    await say(parts.store, ids(600))
    const [key, older] = await withLog(parts, async (log) => [
      await log.key(),
      await log.checkpoint(),
    ])
    await say(parts.store, ids(10, 'later'))
    const log = await MerkleLog.open({ ...parts, store: dropping(parts.store, 400), tickMs: 0 })
    expect(verifyConsistency(await log.consistency(older), older, key).to).toBeGreaterThan(600)
    const { size, kept, problem } = await log.check(older)
    expect([size - kept, problem]).toEqual([400, undefined])
    await log.close()
  })

  it('cannot go on when it has dropped what the log has not', async () => {
    await say(parts.store, ids(10))
    await withLog(parts, (log) => log.checkpoint())
    await say(parts.store, ids(10, 'later'))
    const log = await MerkleLog.open({ ...parts, store: dropping(parts.store, 15), tickMs: 0 })
    await expect(log.checkpoint()).rejects.toThrow(refusal('StoreDamaged', /nothing before 16/))
    await log.close()
  })

  it('is told before it drops anything, and of what the log has', async () => {
    const told: number[] = []
    const store: Store = {
      ...storeLike(parts.store),
      async release(upTo) {
        told.push(upTo)
      },
    }
    await say(store, ids(5))
    const log = await MerkleLog.open({ ...parts, store, tickMs: 0 })
    expect(told).toEqual([])
    const size = sizeOf(await log.checkpoint())
    await log.close()
    expect(told.at(-1)).toBe(size)
    await (await MerkleLog.open({ ...parts, store, tickMs: 0 })).close()
    expect(told.at(-1)).toBe(size)
  })
})

describe('the log as static files', () => {
  const out = () => join(folder.path, 'out')
  const files = () =>
    readdirSync(out(), { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(out(), name)).isFile(),
    )

  it('has the tiles of the layout, from which its root follows', async () => {
    await say(parts.store, ids(600))
    await withLog(parts, async (log) => {
      const size = sizeOf(await log.checkpoint())
      await log.writeTo(out())
      const partial = `tile/0/002.p/${size - 512}`
      expect(files().sort()).toEqual(
        ['checkpoint', 'tile/0/000', 'tile/0/001', partial, 'tile/1/000.p/2'].sort(),
      )
      const leaves = await leavesOf(parts.store, size)
      const tiles = ['tile/0/000', 'tile/0/001', partial].map((name) =>
        readFileSync(join(out(), name)),
      )
      expect(Buffer.concat(tiles)).toEqual(Buffer.concat(leaves.map(leafHash)))
      expect(readFileSync(join(out(), 'tile/1/000.p/2'))).toEqual(
        Buffer.concat([treeHead(leaves.slice(0, 256)), treeHead(leaves.slice(256, 512))]),
      )
      await say(parts.store, ids(200, 'later'))
      await log.writeTo(out())
      expect(files()).toContain('tile/0/002')
    })
  })

  it('do not take the place of another log’s', async () => {
    await say(parts.store, ids(300))
    await withLog(parts, async (log) => {
      await log.writeTo(out())
      const path = join(out(), 'tile/0/000')
      const tile = readFileSync(path)
      tile[0]! ^= 1
      writeFileSync(path, tile)
      await expect(log.writeTo(out())).rejects.toThrow(refusal('InputInvalid', /another log/))
      expect(readFileSync(path)).toEqual(tile)
    })
  })
})
