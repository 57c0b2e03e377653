import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { startThread } from '../../src/pool/thread.js'
import { openStore, type Store, type StoreOptions } from '../../src/store/store.js'
import { SCHEMA_VERSION } from '../../src/store/view/schema.js'
import { describeStore, fact, facts, outcome, say } from './suite.js'
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

describe('a store on SQLite', () => {
  it('leaves one file when it is closed', async () => {
    const dataDir = newDir()
    const store = await open({ dataDir })
    await say(store, 'a')
    await store.close()
    expect(readdirSync(dataDir)).toEqual(['sealtrail.sqlite'])
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

  it('fails what does not fit, keeps the rest, and goes on', async () => {
    const store = await open({ databaseBytesMax: 1024 * 1024 })
    const big = (name: string) => store.commit({ changes: [fact(name, new Uint8Array(100_000))] })
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, i) => outcome(big(`fact ${i}`))),
    )
    const durable = outcomes.flatMap((one, i) => (one === 'durable' ? [`fact ${i}`] : []))
    expect(durable.length).toBeGreaterThan(3)
    expect(durable.length).toBeLessThan(11)
    expect(new Set(outcomes)).toEqual(new Set(['durable', 'StoreFailed']))
    expect(await facts(store)).toEqual(durable.sort())
    const changes = durable.map((name) => ({ drop: 'meta', key: { name } }) as const)
    await store.commit({ changes })
    await big('room again')
  })
})

describe('the thread of a store', () => {
  it('ends over a mistake of ours, and says so', async () => {
    const thread = startThread(
      new URL('../../dist/store/view/store-thread.js', import.meta.url),
      undefined,
    )
    const reading = thread.call({ kind: 'read', sql: 'select 1', parameters: [] })
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

  it('of a newer version is refused as it is', async () => {
    const dataDir = newDir()
    await (await open({ dataDir })).close()
    const sqlite = new DatabaseSync(join(dataDir, 'sealtrail.sqlite'))
    sqlite.exec(`pragma user_version = ${SCHEMA_VERSION + 1}`)
    sqlite.close()
    await expect(open({ dataDir })).rejects.toMatchObject({
      code: 'StoreFailed',
      message: expect.stringMatching(/newer sealtrail \(schema 2; this one knows 1\)/),
    })
  })

  it('with a page that is none any more says so when it is read', async () => {
    const dataDir = newDir()
    const store = await open({ dataDir })
    await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        store.commit({ changes: [fact(`f${i}`, new Uint8Array(900))] }),
      ),
    )
    await store.close()
    const path = join(dataDir, 'sealtrail.sqlite')
    const bytes = readFileSync(path)
    bytes.fill(0xa5, bytes.length / 2, bytes.length / 2 + 8192)
    writeFileSync(path, bytes)
    const damaged = await open({ dataDir })
    const everything = damaged.read(damaged.query.selectFrom('meta').selectAll().compile())
    await expect(everything).rejects.toMatchObject({
      code: 'StoreFailed',
      message: expect.stringContaining('cannot be read'),
    })
  })
})
