/** A journal read beside its writer: all that was acknowledged, and nothing else. */
import { copyFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { JournalFollower } from '../../src/store/journal/follower.js'
import type { RecordQuery } from '../../src/store/journal/records.js'
import { openStore, type Store } from '../../src/store/store.js'
import { fact, record } from './suite.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('follower')
const followers: JournalFollower[] = []
let store: Store | undefined
afterEach(async () => {
  for (const follower of followers.splice(0)) follower.close()
  await store?.close()
  store = undefined
})

function follow(dataDir: string): JournalFollower {
  const follower = new JournalFollower(dataDir)
  followers.push(follower)
  return follower
}

async function all(from: Pick<Store, 'records'>, asked: RecordQuery = { after: 0, holding: [] }) {
  const found = []
  for (let query: RecordQuery | undefined = asked; query !== undefined; ) {
    const page = await from.records(query)
    found.push(...page.records)
    query = page.next
  }
  return found
}

describe('a follower of a journal', () => {
  it('sees what the store sees, when it is acknowledged, whoever appended it', async () => {
    const dataDir = newDir()
    store = await openStore({ dataDir })
    const follower = follow(dataDir)
    expect(await all(follower)).toEqual([])
    for (let i = 0; i < 40; i++) {
      const records = [record(`id-${i}`)]
      await store.commit(i % 3 === 0 ? { changes: [fact(`f${i}`)], records } : { records })
      if (i % 5 === 0) expect(await all(follower)).toEqual(await all(store))
    }
    expect(await all(follower)).toHaveLength(40)
    const newest = { holding: ['id-39'] }
    expect(await all(follower, newest)).toEqual(await all(store, newest))
  })

  it.each([60, 180, 250])(
    'is told when the first block was acknowledged and byte %i is another',
    async (at) => {
      const dataDir = newDir()
      store = await openStore({ dataDir })
      await store.commit({ records: [record('x'.repeat(300))] })
      const [name] = readdirSync(join(dataDir, 'journal')).filter((file) => /^\d/.test(file))
      const path = join(dataDir, 'journal', name!)
      const bytes = readFileSync(path)
      bytes[at]! ^= 1
      writeFileSync(path, bytes)
      await expect(all(follow(dataDir))).rejects.toMatchObject({ code: 'StoreDamaged' })
    },
  )

  it('goes on from segment to segment', async () => {
    const dataDir = newDir()
    store = await openStore({ dataDir, queueBytesMax: 128 * 1024 * 1024 })
    await store.commit({ records: [record('first')] })
    const early = follow(dataDir)
    expect(await all(early)).toHaveLength(1)
    const large = 'x'.repeat(5 * 1024 * 1024)
    for (let i = 0; i < 30; i++) {
      await store.commit({ records: [`{"eventID":"id-${i}","text":"${large}"}`] })
      await store.commit({ records: [record(`small-${i}`)] })
    }
    expect(readdirSync(join(dataDir, 'journal')).length).toBeGreaterThan(3)
    const small = { after: 0, holding: ['small-'] }
    const wanted = (await all(store, small)).map(({ seq }) => seq)
    expect(wanted).toHaveLength(30)
    for (const follower of [early, follow(dataDir)]) {
      expect((await all(follower, small)).map(({ seq }) => seq)).toEqual(wanted)
    }
  })

  it('does not see what is written and not acknowledged', async () => {
    const [dataDir, other] = [newDir(), newDir()]
    store = await openStore({ dataDir })
    await store.commit({ records: [record('acknowledged')] })
    copyFileSync(join(dataDir, 'journal/mark'), `${dataDir}-mark`)
    await store.commit({ records: [record('written')] })
    cpSync(dataDir, other, { recursive: true })
    copyFileSync(`${dataDir}-mark`, join(other, 'journal/mark'))
    expect((await all(follow(other))).map((row) => row.record)).toEqual([record('acknowledged')])
    expect(await all(follow(dataDir))).toHaveLength(2)
  })

  it('is told when there is more', async () => {
    const dataDir = newDir()
    store = await openStore({ dataDir })
    await store.commit({ records: [record('a')] })
    const follower = follow(dataDir)
    let told = 0
    follower.onRecords(() => told++)
    await expect.poll(() => told).toBe(1)
    await store.commit({ records: [record('b')] })
    await expect.poll(() => told).toBe(2)
    expect(await all(follower)).toHaveLength(2)
  })

  it('names a block that is not as it was written', async () => {
    const [dataDir, other] = [newDir(), newDir()]
    store = await openStore({ dataDir })
    for (const id of ['a', 'b', 'c']) await store.commit({ records: [record(id)] })
    cpSync(dataDir, other, { recursive: true })
    const path = join(other, 'journal/000000000000001.seal')
    const bytes = readFileSync(path)
    bytes[bytes.indexOf(record('b')) + 3]! ^= 1
    writeFileSync(path, bytes)
    await expect(all(follow(other))).rejects.toMatchObject({
      code: 'StoreDamaged',
      message: expect.stringContaining('000000000000001.seal'),
    })
  })

  it('of nothing says so', () => {
    expect(() => new JournalFollower(newDir())).toThrow('there is no journal')
  })
})
