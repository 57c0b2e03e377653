/**
 * The database of objects beside the view: what a start believes of it, and what becomes of rows that are not those that
 * were written. The copy of a directory that is open is what a killed process leaves.
 */
import { spawnSync } from 'node:child_process'
import { createSecretKey } from 'node:crypto'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import type { Change } from '../../src/store/change.js'
import { openStore, type Store } from '../../src/store/store.js'
import { ObjectView } from '../../src/store/view/object-view.js'
import { fact, facts, say, version, versionRow, versions } from './suite.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('objects')
const key = createSecretKey(Buffer.alloc(32, 3))
/** Too many bytes to be looked at before anything is served. */
const LONG = '"'.padEnd(1024 * 1024, 'x')
const opened: Store[] = []

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
})

async function open(dataDir: string): Promise<Store> {
  const store = await openStore({ dataDir })
  opened.push(store)
  await store.seal(key)
  return store
}

/** A directory with versions `a` and `b` and a fact, as `end` leaves it; `text` is in each version. */
async function left(end: 'closed' | 'killed', ...changes: Change[]): Promise<string> {
  const dataDir = newDir()
  const store = await open(dataDir)
  await store.commit({ changes: [version('a'), fact('f')] })
  await store.commit({ changes: [version('b')] })
  for (const change of changes) await store.commit({ changes: [change] })
  if (end === 'closed') await store.close()
  const copy = newDir()
  cpSync(dataDir, copy, { recursive: true })
  return copy
}

async function keysIn(store: Store): Promise<string[]> {
  return (await versions(store)).map(({ object_key }) => object_key)
}

async function expectAll(dataDir: string): Promise<void> {
  const store = await open(dataDir)
  expect(await versions(store)).toEqual([versionRow('a'), versionRow('b')])
  expect(await facts(store)).toEqual(['f'])
  await store.close()
}

const objects = (dataDir: string) => join(dataDir, 'objects.sqlite')

function edit(dataDir: string, sql: string): void {
  const sqlite = new DatabaseSync(objects(dataDir))
  sqlite.exec(sql)
  sqlite.close()
}

const INSERT = `insert into s3_version select bucket_id, 'c', version_order, version_id, is_latest, is_marker, bytes, etag,
  modified_at, 'other', upload_id, facts, mac from s3_version where object_key = 'a'`

describe.each(['closed', 'killed'] as const)('objects of a directory that was %s', (end) => {
  it('are there', async () => {
    await expectAll(await left(end))
  })

  it('are told what they miss when they are older than the journal', async () => {
    const dataDir = newDir()
    const store = await open(dataDir)
    await store.commit({ changes: [version('a'), version('x')] })
    const older = newDir()
    cpSync(dataDir, older, { recursive: true })
    await store.commit({ changes: [version('b'), fact('f')] })
    await store.commit({ changes: [{ drop: 's3_version', key: versionRow('x') }] })
    if (end === 'closed') await store.close()
    const now = newDir()
    cpSync(dataDir, now, { recursive: true })
    for (const log of ['', '-wal']) {
      rmSync(`${objects(now)}${log}`, { force: true })
      cpSync(`${objects(older)}${log}`, `${objects(now)}${log}`)
    }
    await expectAll(now)
  })

  it.each([
    ['removed', `delete from s3_version where object_key = 'a'`],
    ['changed', `update s3_version set bytes = 6 where object_key = 'a'`],
    ['changed in what no MAC is over', `update s3_version set mac = zeroblob(32)`],
    ['added', INSERT],
    ['renamed', `update s3_version set object_key = 'c', blob = 'z' where object_key = 'b'`],
    ['all gone', 'delete from s3_version'],
    ['gone with their table', 'drop table s3_version'],
    [
      'without an index',
      'drop index s3_version_latest; create index s3_version_latest on s3_version (etag)',
    ],
    ['without their witness', 'delete from witness'],
    ['with a witness that nobody could write', `update witness set sum = x'00'`],
    ['with a witness too far', 'update witness set sequence = 9223372036854775807'],
    [
      'with a witness that says nothing was told',
      `update witness set sequence = 0, sum = zeroblob(256)`,
    ],
    [
      'with a witness that takes them for nothing',
      `update witness set sequence = 0, chain = zeroblob(32)`,
    ],
    ['behind what was told', 'update witness set sequence = 1'],
    ['of no version', 'pragma user_version = 0'],
  ])('are made again when they were %s', async (_what, sql) => {
    const dataDir = await left(end)
    edit(dataDir, sql)
    await expectAll(dataDir)
    await expectAll(dataDir)
  })

  it('are refused when they say that they were told more than the journal has', async () => {
    const dataDir = await left(end)
    edit(dataDir, 'update witness set sequence = 99')
    await expect(open(dataDir)).rejects.toMatchObject({
      code: 'StoreDamaged',
      message: expect.stringContaining('objects.sqlite was told of sequence 99'),
    })
  })

  it('are made again when somebody without the root key made them fit', async () => {
    const dataDir = await left(end)
    // A house of its own, under another key, with a row less.
    const other = newDir()
    const store = await openStore({ dataDir: other })
    opened.push(store)
    await store.seal(createSecretKey(Buffer.alloc(32, 4)))
    await store.commit({ changes: [version('a'), fact('f')] })
    await store.commit({ changes: [version('c')] })
    await store.close()
    for (const log of ['', '-wal']) rmSync(`${objects(dataDir)}${log}`, { force: true })
    cpSync(objects(other), objects(dataDir))
    await expectAll(dataDir)
  })
})

describe('objects of a house that was made anew', () => {
  it('are made again when they belong to another journal of the same root', async () => {
    const dataDir = await left('closed')
    const other = await left('closed', version('c'))
    rmSync(objects(dataDir))
    cpSync(objects(other), objects(dataDir))
    // It was told more than this journal has.
    await expect(open(dataDir)).rejects.toMatchObject({ code: 'StoreDamaged' })
    const longer = await open(await left('closed', fact('x'), fact('y')))
    const { dataDir: longerDir } = longer
    await longer.close()
    rmSync(objects(longerDir))
    cpSync(objects(other), objects(longerDir))
    expect(await keysIn(await open(longerDir))).toEqual(['a', 'b'])
  })
})

describe('objects that are many', () => {
  const LARGE = Array.from({ length: 24 }, (_, i) =>
    version(`k${String(i).padStart(2, '0')}`, { facts: LONG }),
  )
  const named = { code: 'StoreDamaged', message: expect.stringContaining('objects.sqlite') }

  it('are served at once, and break the store when a walk finds that one is missing', async () => {
    const dataDir = await left('closed', ...LARGE)
    edit(dataDir, `delete from s3_version where object_key = 'k07'`)
    const store = await open(dataDir)
    expect(await keysIn(store)).toHaveLength(25)
    const first = await Promise.race([store.broken, store.checked.then(() => 'checked')])
    expect(first).toMatchObject(named)
    await expect(say(store, 'later')).rejects.toMatchObject(named)
    await store.close()
    // The next start knows, and has a journal.
    expect(await keysIn(await open(dataDir))).toHaveLength(26)
  })

  it('are checked, behind the start, when they are those that were written', async () => {
    const store = await open(await left('killed', ...LARGE))
    await store.checked
    await store.commit({ changes: [version('later')] })
    expect(await keysIn(store)).toHaveLength(27)
  })

  it('are left in peace when they are those that were written', async () => {
    const path = objects(await left('closed', ...LARGE))
    const view = ObjectView.find(path) as ObjectView
    expect(view.isDoubted).toBe(true)
    while (view.isDoubted) expect(view.look(5)).toBe(true)
    view.close()
  })

  it('may change before and behind the walk', async () => {
    const path = objects(await left('killed', ...LARGE))
    const view = ObjectView.find(path) as ObjectView
    const { sequence, chain } = view.witness
    const [early, late] = ['k01', 'k20']
    expect(view.look(10)).toBe(true)
    for (const name of [early, late]) {
      view.tell([version(name, { etag: 'other' }), version(`${name}-new`)])
      view.tell([{ drop: 's3_version', key: versionRow(`${name.slice(0, 2)}2`) }])
      // Refused, with what was before it: the blob is another's.
      expect(view.tell([version(`${name}-x`), version('z', { blob: 'blob-a' })])).toBeDefined()
    }
    view.settle(sequence + 1, chain)
    while (view.isDoubted) expect(view.look(3)).toBe(true)
    view.close()
  })

  it('may be undone behind the walk', async () => {
    const path = objects(await left('closed', ...LARGE))
    const view = ObjectView.find(path) as ObjectView
    expect(view.look(10)).toBe(true)
    view.tell([version('k01', { etag: 'other' })])
    view.undo()
    while (view.isDoubted) expect(view.look(3)).toBe(true)
    view.close()
  })

  it('do not hide what was there before when it changes', async () => {
    const dataDir = await left('closed', ...LARGE)
    edit(dataDir, `update s3_version set etag = 'other' where object_key = 'k20'`)
    const view = ObjectView.find(objects(dataDir)) as ObjectView
    view.look(10)
    view.tell([version('k20')])
    view.settle(view.witness.sequence + 1, view.witness.chain)
    const found = []
    while (view.isDoubted) found.push(view.look(10))
    expect(found).toContain(false)
    view.close()
  })
})

describe('objects whose journal has gone', () => {
  /** Sealed by nobody: the first segment is dropped behind a version and two snapshots. */
  function trimmed(): string {
    const dataDir = newDir()
    const script = `
      import { openKept } from ${JSON.stringify(new URL('../../dist/store/thread/start.js', import.meta.url))}
      import { EntryWriter } from ${JSON.stringify(new URL('../../dist/store/journal/entry.js', import.meta.url))}
      const { journal, view, objects, snapshots } = openKept(process.argv[1])
      const row = JSON.parse(process.argv[2])
      row.mac = Buffer.alloc(32, 3)
      const append = (changes, record) => {
        const writer = new EntryWriter()
        writer.add(changes, [record])
        journal.append([writer.take()], 1, 1)
        if (changes.length > 0) objects.tell(changes)
        objects.reach(journal.nextSequence - 1, journal.chain)
        view.begin()
        view.reach(journal.nextSequence - 1)
        view.settle()
      }
      append([{ put: 's3_version', row }], 'x'.repeat(40_000_000))
      for (let i = 0; i < 2; i++) {
        append([], 'x'.repeat(40_000_000))
        snapshots.take(journal, view)
      }
      journal.dropBefore(Math.min(snapshots.oldestSequence(journal), objects.checkpoint()), Number.MAX_SAFE_INTEGER)
      process.stdout.write(String(journal.segments[0].head.firstSequence))
      process.kill(process.pid, 'SIGKILL')`
    mkdirSync(dataDir)
    const args = ['--input-type=module', '-e', script, dataDir, JSON.stringify(versionRow('a'))]
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(Number(stdout), stderr).toBeGreaterThan(1)
    return dataDir
  }

  it('are there all the same', async () => {
    const store = await openStore({ dataDir: trimmed() })
    opened.push(store)
    expect(await keysIn(store)).toEqual(['a'])
  })

  it.each([
    ['lost', (dataDir: string) => rmSync(objects(dataDir)), 'the file is missing'],
    [
      'no database',
      (dataDir: string) => writeFileSync(objects(dataDir), 'text '.repeat(10_000)),
      'not a database',
    ],
    [
      'less',
      (dataDir: string) => edit(dataDir, 'delete from s3_version'),
      'its rows are not those',
    ],
    ['empty', (dataDir: string) => edit(dataDir, 'update witness set sequence = 0'), 'no witness'],
  ])('are refused by name when they are %s', async (_what, harm, says) => {
    const dataDir = trimmed()
    harm(dataDir)
    await expect(openStore({ dataDir })).rejects.toMatchObject({
      code: 'StoreDamaged',
      message: expect.stringMatching(
        new RegExp(`objects.sqlite: .*${says}.* goes back to sequence`),
      ),
    })
  })
})

describe('facts of large tables', () => {
  it('are told to nobody who decides; all others are', async () => {
    const store = await open(newDir())
    const told: string[] = []
    store.onFacts({ changing: () => told.push('changing'), changed: () => told.push('changed') })
    await store.commit({ changes: [version('a')], records: ['{}'] })
    await store.commit({ changes: [{ drop: 's3_version', key: versionRow('a') }] })
    await new Promise(setImmediate)
    expect(told).toEqual([])
    await store.commit({ changes: [version('a'), fact('f')] })
    await new Promise(setImmediate)
    expect(told).toEqual(['changing', 'changed'])
  })

  it('are read apart from others', async () => {
    const store = await open(newDir())
    const both = store.query
      .selectFrom(['s3_version', 's3_bucket'])
      .select('s3_version.etag')
      .compile()
    await expect(store.read(both)).rejects.toMatchObject({ code: 'StoreFailed' })
  })
})
