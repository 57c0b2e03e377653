/**
 * What a start makes of a data directory: the copy of one that is open is what a killed process leaves.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createSecretKey } from 'node:crypto'
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { FIRST_MARK, Mark } from '../../src/store/journal/mark.js'
import { openStore, type Store } from '../../src/store/store.js'
import { hashOf } from '../../src/store/view/database-file.js'
import { fact, facts, KEY, record, records, say } from './suite.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('start')
const opened: Store[] = []

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
})

async function open(dataDir: string): Promise<Store> {
  const store = await openStore({ dataDir })
  opened.push(store)
  return store
}

/** A directory with three facts, their records and a key, as `end` leaves it. */
async function left(end: 'closed' | 'killed'): Promise<string> {
  const dataDir = newDir()
  const store = await open(dataDir)
  for (const name of ['a', 'b', 'c']) {
    await store.commit({ changes: [fact(name)], records: [record(name)] })
  }
  const shreds = [{ keep: KEY.shred_id, bytes: Buffer.alloc(128, 1) }]
  await store.commit({ changes: [{ put: 'kms_key', row: KEY }], shreds })
  if (end === 'killed') {
    const copy = newDir()
    cpSync(dataDir, copy, { recursive: true })
    return copy
  }
  await store.close()
  return dataDir
}

async function expectAll(dataDir: string): Promise<void> {
  const store = await open(dataDir)
  expect(await facts(store)).toEqual(['a', 'b', 'c'])
  expect((await records(store)).map((one) => one.record)).toEqual(['a', 'b', 'c'].map(record))
  const keys = await store.read(store.query.selectFrom('kms_key').select('key_state').compile())
  expect(keys).toEqual([{ key_state: 'Enabled' }])
  expect(await store.shred(KEY.shred_id)).toEqual(new Uint8Array(128).fill(1))
  await store.close()
}

const view = (dataDir: string) => join(dataDir, 'sealtrail.sqlite')

describe.each(['closed', 'killed'] as const)('a data directory that was %s', (end) => {
  it('opens with all that was acknowledged', async () => {
    await expectAll(await left(end))
  })

  it.each([
    ['lost', (path: string) => rmSync(path)],
    ['emptied', (path: string) => truncateSync(path)],
    ['cut', (path: string) => truncateSync(path, 8192)],
    ['no database', (path: string) => writeFileSync(path, 'text '.repeat(10_000))],
    [
      'with noise in a page',
      (path: string) => {
        const bytes = readFileSync(path)
        writeFileSync(path, bytes.fill(0xa5, bytes.length / 2, bytes.length / 2 + 4096))
      },
    ],
  ])('is made whole again when its view is %s', async (_what, harm) => {
    const dataDir = await left(end)
    harm(view(dataDir))
    await expectAll(dataDir)
    await expectAll(dataDir)
  })

  it('does not believe rows that somebody else wrote', async () => {
    const dataDir = await left(end)
    const sqlite = new DatabaseSync(view(dataDir))
    sqlite.exec(`update kms_key set key_state = 'Disabled'`)
    sqlite.exec(`delete from meta`)
    sqlite.close()
    await expectAll(dataDir)
  })

  it('is made again from the journal when its tables are those of another version', async () => {
    const dataDir = await left(end)
    if (end === 'killed') return
    const sqlite = new DatabaseSync(view(dataDir))
    sqlite.exec('drop table kms_alias; pragma user_version = 2')
    sqlite.close()
    const mark = Mark.open(join(dataDir, 'journal/mark'))!
    mark.write({ view: { ...mark.state.view!, hash: hashOf(view(dataDir))! } })
    mark.close()
    await expectAll(dataDir)
  })

  it('is refused without its journal, as it is', async () => {
    const dataDir = await left(end)
    rmSync(join(dataDir, 'journal'), { recursive: true })
    const before = readFileSync(view(dataDir))
    await expect(open(dataDir)).rejects.toMatchObject({
      code: 'StoreFailed',
      message: expect.stringContaining('If there was a journal, it is lost'),
    })
    expect(readFileSync(view(dataDir))).toEqual(before)
  })

  it.each(['journal/mark', 'journal/000000000000001.seal'])(
    'is refused without %s, by its name',
    async (name) => {
      const dataDir = await left(end)
      rmSync(join(dataDir, name))
      await expect(open(dataDir)).rejects.toMatchObject({
        code: 'StoreDamaged',
        message: expect.stringContaining(name),
      })
    },
  )

  it.each([
    ['mark and view', ['journal/mark', 'sealtrail.sqlite']],
    ['journal and view', ['journal', 'sealtrail.sqlite']],
  ])('is no new one without %s', async (_what, names) => {
    const dataDir = await left(end)
    for (const name of names) rmSync(join(dataDir, name), { recursive: true })
    const before = readFileSync(join(dataDir, 'shreds-a'))
    await expect(open(dataDir)).rejects.toMatchObject({
      code: 'StoreDamaged',
      message: expect.stringContaining('journal/mark: the file is missing'),
    })
    expect(readFileSync(join(dataDir, 'shreds-a'))).toEqual(before)
  })

  it('is refused without its shreds', async () => {
    const dataDir = await left(end)
    for (const name of ['shreds-a', 'shreds-b']) rmSync(join(dataDir, name))
    await expect(open(dataDir)).rejects.toMatchObject({ code: 'StoreDamaged' })
  })
})

describe('a start that died', () => {
  it.each([
    ['before the mark', ['journal/mark', 'sealtrail.sqlite', 'sealtrail.sqlite-wal']],
    [
      'before the first segment',
      ['journal/mark', 'journal/000000000000001.seal', 'sealtrail.sqlite'],
    ],
    ['before the view', ['sealtrail.sqlite', 'sealtrail.sqlite-wal']],
  ])('%s is begun again', async (_where, missing) => {
    const dataDir = newDir()
    await (await open(dataDir)).close()
    for (const name of missing) rmSync(join(dataDir, name), { force: true })
    const store = await open(dataDir)
    await say(store, 'a')
    expect(await facts(store)).toEqual(['a'])
  })
})

describe('a snapshot', () => {
  /** Takes one in a process of its own, as SQLite lets go of a file when its thread ends. */
  function takeSnapshot(dataDir: string): void {
    const script = `
      import { openKept } from ${JSON.stringify(new URL('../../dist/store/thread/start.js', import.meta.url))}
      const { journal, view, snapshots } = openKept(process.argv[1])
      const due = [1, 60_000].map((changes) => snapshots.isDue(journal, changes))
      snapshots.take(journal, view)
      due.push(snapshots.isDue(journal, 1))
      view.close()
      journal.close()
      process.stdout.write(due.join())`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script, dataDir])
    expect(said.toString()).toBe('false,true,false')
  }

  it('is what a view is made of again, with the journal behind it', async () => {
    const dataDir = newDir()
    for (const name of ['a', 'b', 'c', 'd']) {
      const store = await open(dataDir)
      await say(store, name)
      await store.close()
      if (name !== 'd') takeSnapshot(dataDir)
    }
    const names = readdirSync(join(dataDir, 'snapshots')).sort()
    expect(names).toEqual(['000000000000002.sqlite', '000000000000003.sqlite'])
    rmSync(view(dataDir))
    const expectFacts = async () => {
      const store = await open(dataDir)
      expect(await facts(store)).toEqual(['a', 'b', 'c', 'd'])
      await store.close()
      rmSync(view(dataDir))
    }
    await expectFacts()
    // The newest is not as it was written: the one before it will do, and then the journal alone.
    for (const name of names.toReversed()) {
      writeFileSync(join(dataDir, 'snapshots', name), 'x')
      await expectFacts()
    }
    expect(existsSync(view(dataDir))).toBe(false)
  })
})

describe('a view that was closed', () => {
  it('is no base any more when the journal does not go back to it', async () => {
    const dataDir = newDir()
    const store = await open(dataDir)
    await say(store, 'a')
    await store.close()
    // A second process: facts, two snapshots, and segments that have gone; then it is killed.
    const script = `
      import { openKept } from ${JSON.stringify(new URL('../../dist/store/thread/start.js', import.meta.url))}
      import { EntryWriter } from ${JSON.stringify(new URL('../../dist/store/journal/entry.js', import.meta.url))}
      const { journal, view, objects, snapshots } = openKept(process.argv[1])
      const tell = (name, record) => {
        const changes = [{ put: 'meta', row: { name, value: Buffer.alloc(8) } }]
        const writer = new EntryWriter()
        writer.add(changes, [record])
        view.begin()
        view.tell(changes)
        view.reach(journal.nextSequence)
        journal.append([writer.take()], 1, 1)
        view.settle()
      }
      for (const name of ['b', 'c', 'd']) tell(name, 'x'.repeat(40_000_000))
      snapshots.take(journal, view)
      tell('e', 'x'.repeat(40_000_000))
      snapshots.take(journal, view)
      objects.reach(journal.nextSequence - 1, journal.chain)
      journal.dropBefore(snapshots.oldestSequence(journal), Number.MAX_SAFE_INTEGER)
      tell('f', 'x')
      process.stdout.write(String(journal.segments[0].head.firstSequence))
      process.kill(process.pid, 'SIGKILL')`
    const args = ['--input-type=module', '-e', script, dataDir]
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(Number(stdout)).toBeGreaterThan(2)
    const again = await open(dataDir)
    expect(await facts(again)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })
})

describe('a journal that somebody without the root key has cut', () => {
  const key = createSecretKey(Buffer.alloc(32, 3))
  const segment = 'journal/000000000000001.seal'

  /** Sealed, with two facts and a shred; cut behind the first of them, with a mark that says so. */
  async function forged(sequence: 0 | 1): Promise<string> {
    const dataDir = newDir()
    const store = await open(dataDir)
    await store.seal(key)
    await say(store, 'a')
    const path = join(dataDir, segment)
    const first = readFileSync(path)
    const bodyBytes = first.readUInt32BE(64 + 4)
    const shreds = [{ keep: KEY.shred_id, bytes: Buffer.alloc(128, 1) }]
    await store.commit({ changes: [{ put: 'kms_key', row: KEY }], shreds })
    await store.close()
    writeFileSync(path, first.subarray(0, 64 + 80 + bodyBytes))
    for (const name of ['sealtrail.sqlite', 'objects.sqlite']) rmSync(join(dataDir, name))
    const chain = first.subarray(64 + 32, 64 + 64)
    const state = sequence === 0 ? FIRST_MARK : { ...FIRST_MARK, sequence, chain }
    Mark.make(join(dataDir, 'journal/mark'), state).close()
    return dataDir
  }

  it.each([0, 1] as const)('is refused, and no shred is erased (mark at %i)', async (sequence) => {
    const dataDir = await forged(sequence)
    const before = readFileSync(join(dataDir, 'shreds-a'))
    const store = await open(dataDir)
    expect(await facts(store)).toEqual(['a'])
    await expect(store.seal(key)).rejects.toMatchObject({ code: 'StoreDamaged' })
    await store.close()
    expect(readFileSync(join(dataDir, 'shreds-a'))).toEqual(before)
    expect(readFileSync(join(dataDir, 'shreds-b'))).toEqual(before)
  })
})
