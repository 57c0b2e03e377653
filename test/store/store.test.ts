import { execFileSync } from 'node:child_process'
import { createSecretKey } from 'node:crypto'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { startThread } from '../../src/pool/thread.js'
import { openStore, type Store, type StoreOptions } from '../../src/store/store.js'
import { describeStore, facts, say } from './suite.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('store')
const opened: Store[] = []

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
})

async function open(options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await openStore({ dataDir: newDir(), ...options })
  opened.push(store)
  return store
}

describeStore('a store on SQLite', open, newDir)
describeStore('a store without a scribe', (options) => open({ scribe: false, ...options }), newDir)

describe('a store on SQLite', () => {
  it('leaves these files when it is closed, for its owner alone', async () => {
    const dataDir = newDir()
    const store = await open({ dataDir })
    await say(store, 'a')
    await store.close()
    const names = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).sort()
    expect(names).toEqual(
      ['journal', 'journal/000000000000001.seal', 'journal/mark', 'lock'].concat([
        'objects.sqlite',
        'sealtrail.sqlite',
        'shreds-a',
        'shreds-b',
      ]),
    )
    for (const name of names) expect(statSync(join(dataDir, name)).mode & 0o077).toBe(0)
  })

  it('makes its directory for its owner alone', async () => {
    const dataDir = join(newDir(), 'deep', 'in')
    await open({ dataDir })
    expect(statSync(dataDir).mode & 0o777).toBe(0o700)
    expect(statSync(join(dataDir, '..')).mode & 0o777).toBe(0o700)
  })

  it('may lie behind a link to its directory', async () => {
    const dataDir = newDir()
    mkdirSync(dataDir)
    symlinkSync(dataDir, `${dataDir}-link`)
    const store = await open({ dataDir: `${dataDir}-link` })
    await say(store, 'a')
    expect(readdirSync(dataDir)).toContain('sealtrail.sqlite')
  })

  it('runs a query through itself only', async () => {
    const store = await open()
    await expect(store.query.selectFrom('meta').selectAll().execute()).rejects.toThrow(
      'never execute',
    )
    const insert = store.query.insertInto('meta').values({ name: 'a', value: new Uint8Array(1) })
    await expect(store.read(insert.compile())).rejects.toThrow('read runs selects')
    expect(await facts(store)).toEqual([])
  })
})

describe('the thread of a store', () => {
  it('ends over a mistake of ours, and says so', async () => {
    const thread = startThread(
      new URL('../../dist/store/thread/store-thread.js', import.meta.url),
      undefined,
    )
    const reading = thread.call({ kind: 'read', queries: [{ sql: 'select 1', parameters: [] }] })
    await expect(reading).rejects.toMatchObject({
      code: 'WorkerDied',
      cause: expect.objectContaining({ name: 'InvariantError' }),
    })
    await thread.close()
  })

  it('outlives what SQLite refuses', async () => {
    const store = await open()
    const tooLarge = store.query.selectNoFrom(sql<number>`9007199254740993`.as('x')).compile()
    await expect(store.read(tooLarge)).rejects.toMatchObject({ code: 'StoreFailed' })
    await say(store, 'b')
    expect(await facts(store)).toEqual(['b'])
  })
})

describe('a data directory', () => {
  it('has one store at a time', async () => {
    const dataDir = newDir()
    const store = await open({ dataDir })
    await expect(open({ dataDir })).rejects.toMatchObject({
      code: 'StoreInUse',
      message: expect.stringContaining('is in use by another sealtrail process'),
    })
    await say(store, 'a')
    await store.close()
    expect(await facts(await open({ dataDir }))).toEqual(['a'])
  })

  it('is refused to a second process', async () => {
    const dataDir = newDir()
    const store = await open({ dataDir })
    const script = `import { openStore } from ${JSON.stringify(new URL('../../dist/store/store.js', import.meta.url))}
      try { await openStore({ dataDir: process.argv[1] }) } catch (error) { process.stdout.write(error.code) }`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script, dataDir])
    expect(said.toString()).toBe('StoreInUse')
    await say(store, 'a')
    expect(await facts(store)).toEqual(['a'])
  })

  it('is not a file, and not in one', async () => {
    const file = newDir()
    writeFileSync(file, 'a file')
    for (const dataDir of [file, join(file, 'below')]) {
      await expect(open({ dataDir })).rejects.toMatchObject({
        code: 'StoreFailed',
        message: expect.stringMatching(new RegExp(`data directory .*${basename(dirname(file))}`)),
      })
    }
    expect(readFileSync(file, 'utf8')).toBe('a file')
  })

  it('of the version before is refused as it is', async () => {
    const dataDir = newDir()
    mkdirSync(dataDir)
    writeFileSync(join(dataDir, 'sealtrail.sqlite'), 'whatever it holds')
    await expect(open({ dataDir })).rejects.toMatchObject({
      code: 'StoreFailed',
      message: expect.stringContaining('A data directory of sealtrail 0.1 has none'),
    })
    expect(readFileSync(join(dataDir, 'sealtrail.sqlite'), 'utf8')).toBe('whatever it holds')
  })

  it('that goes away is noticed, and nothing is acknowledged any more', async () => {
    const dataDir = newDir()
    const store = await open({ dataDir })
    await say(store, 'a')
    rmSync(dataDir, { recursive: true })
    await expect(say(store, 'b')).rejects.toMatchObject({
      code: 'StoreFailed',
      message: expect.stringContaining('the data directory is gone or was replaced'),
    })
    await expect(store.broken).resolves.toMatchObject({ code: 'StoreFailed' })
    await expect(store.commit({ records: ['{}'] })).rejects.toMatchObject({ code: 'StoreFailed' })
  })

  it('that is replaced by another is noticed while nothing is written', async () => {
    const dataDir = newDir()
    const store = await open({ dataDir })
    await say(store, 'a')
    renameSync(dataDir, `${dataDir}-away`)
    cpSync(`${dataDir}-away`, dataDir, { recursive: true })
    await expect(store.broken).resolves.toMatchObject({ code: 'StoreFailed' })
  })

  it('is written to by its owner only: another seal is refused', async () => {
    const dataDir = newDir()
    const [own, other] = [
      createSecretKey(Buffer.alloc(32, 1)),
      createSecretKey(Buffer.alloc(32, 2)),
    ]
    const store = await open({ dataDir })
    await store.seal(own)
    await say(store, 'a')
    await store.close()
    const second = await open({ dataDir })
    await expect(second.seal(other)).rejects.toMatchObject({
      code: 'StoreDamaged',
      message: expect.stringContaining('not sealed by this root key'),
    })
    await second.close()
    const third = await open({ dataDir })
    await third.seal(own)
    expect(await facts(third)).toEqual(['a'])
  })
})
