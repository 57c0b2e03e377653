import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { type CompiledQuery, sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { startThread } from '../../src/pool/thread.js'
import { openStore, type Store, type StoreOptions } from '../../src/store/store.js'
import { SCHEMA_VERSION } from '../../src/store/view/schema.js'
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

function fact(store: Store, name: string, value: Uint8Array = new Uint8Array(8)): CompiledQuery {
  return store.query.insertInto('meta').values({ name, value }).compile()
}

async function facts(store: Store): Promise<string[]> {
  const rows = await store.read(
    store.query.selectFrom('meta').select('name').orderBy('name').compile(),
  )
  return rows.map(({ name }) => name)
}

function outcome(commit: Promise<unknown>): Promise<string> {
  return commit.then(
    () => 'durable',
    (error: { code: string }) => error.code,
  )
}

describe('a store', () => {
  it('gives back what was committed, bytes and all', async () => {
    const store = await open()
    const key = {
      account: '111122223333',
      region: 'eu-central-1',
      key_id: 'k',
      created_at: 1_764_000_000_000,
      description: 'Größe 🙂',
      key_state: 'Enabled',
      deletion_at: null,
      key_spec: 'SYMMETRIC_DEFAULT',
      key_usage: 'ENCRYPT_DECRYPT',
      origin: 'AWS_KMS',
      multi_region: 0,
      policy: '{}',
      tags: '[]',
      current_material: 1,
    }
    const { account, region, key_id } = key
    const wrapped = Uint8Array.from({ length: 128 }, (_, i) => i)
    const material = {
      account,
      region,
      key_id,
      version: 1,
      material_id: 'ab',
      wrapped,
      created_at: 5,
    }
    await store.commit([
      store.query.insertInto('kms_key').values(key).compile(),
      store.query.insertInto('kms_material').values(material).compile(),
    ])
    const keys = await store.read(store.query.selectFrom('kms_key').selectAll().compile())
    expect(keys).toEqual([{ seq: 1, ...key }])
    const materials = await store.read(store.query.selectFrom('kms_material').selectAll().compile())
    expect(materials).toEqual([material])
  })

  it('keeps what was committed when it is closed and opened again', async () => {
    const dataDir = newDir()
    for (const names of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
      const store = await open({ dataDir })
      await store.commit([fact(store, names.at(-1)!)])
      expect(await facts(store)).toEqual(names)
      await store.close()
    }
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
    await store.commit([fact(store, 'a')])
    expect(readdirSync(dataDir)).toContain('sealtrail.sqlite')
  })

  it.each(['', 'Größe 🙂 \u2028', "'; drop table meta; --", 'a'.repeat(100_000)])(
    'keeps the text %j',
    async (name) => {
      const store = await open()
      await store.commit([fact(store, name)])
      expect(await facts(store)).toEqual([name])
    },
  )

  it.each(['NUL \0 inside', 'half \ud83d a character'])(
    'refuses the text %j, which would not come back as it is',
    async (name) => {
      const store = await open()
      const commit = store.commit([fact(store, name)])
      await expect(commit).rejects.toMatchObject({ code: 'InputInvalid' })
    },
  )

  it('answers a commit of nothing at once', async () => {
    const store = await open()
    await store.commit([])
    expect(store.counts).toEqual({ batches: 0, commits: 0 })
  })

  it('takes the bytes as they are when commit is called', async () => {
    const store = await open()
    const value = Buffer.from('before')
    const committed = store.commit([fact(store, 'a', value)])
    value.fill(0)
    await committed
    const [row] = await store.read(store.query.selectFrom('meta').select('value').compile())
    expect(Buffer.from(row!.value).toString()).toBe('before')
  })

  it('reads every commit that has resolved', async () => {
    const store = await open()
    for (let i = 0; i < 50; i++) {
      await store.commit([fact(store, `fact ${String(i).padStart(2, '0')}`)])
      expect(await facts(store)).toHaveLength(i + 1)
    }
  })

  it('runs a query through itself only', async () => {
    const store = await open()
    await expect(store.query.selectFrom('meta').selectAll().execute()).rejects.toThrow(
      'never execute',
    )
    await expect(store.read(fact(store, 'a'))).rejects.toThrow('read runs selects')
    expect(await facts(store)).toEqual([])
  })

  it.each([
    ['a boolean', true],
    ['a date', new Date(0)],
    ['nothing', undefined],
    ['not a number', Number.NaN],
    ['an object', { length: 1 }],
    ['an integer of more than 64 bits', 2n ** 63n],
  ])('takes no parameter that is %s', async (_what, value) => {
    const store = await open()
    const query = { ...fact(store, 'a'), parameters: ['a', value] }
    await expect(store.commit([query])).rejects.toThrow('parameters that SQLite knows')
  })
})

describe('commits of one tick', () => {
  it('share few transactions', async () => {
    const store = await open()
    const names = Array.from({ length: 10_000 }, (_, i) => `fact ${String(i).padStart(5, '0')}`)
    await Promise.all(names.map((name) => store.commit([fact(store, name)])))
    expect(store.counts.commits).toBe(10_000)
    expect(store.counts.batches).toBeLessThanOrEqual(4)
    expect(await facts(store)).toEqual(names)
  })

  it('become durable in the order in which they were made', async () => {
    const store = await open()
    const done: number[] = []
    const commits = Array.from({ length: 500 }, async (_, i) => {
      await store.commit([fact(store, String(i).padStart(3, '0'))])
      done.push(i)
    })
    await Promise.all(commits)
    expect(done).toEqual(Array.from({ length: 500 }, (_, i) => i))
    const rows = await store.read(store.query.selectFrom('meta').select('name').compile())
    expect(rows).toHaveLength(500)
  })

  it('fail alone', async () => {
    const store = await open()
    await store.commit([fact(store, 'taken')])
    const commits = [
      store.commit([fact(store, 'a')]),
      store.commit([fact(store, 'b'), fact(store, 'taken'), fact(store, 'c')]),
      store.commit([fact(store, 'taken')]),
      store.commit([fact(store, 'd'), fact(store, 'e')]),
      store.commit([{ ...fact(store, 'f'), parameters: ['f', null] }]),
      store.commit([fact(store, 'd')]),
    ]
    expect(await Promise.all(commits.map(outcome))).toEqual([
      'durable',
      'StoreConflict',
      'StoreConflict',
      'durable',
      'StoreFailed',
      'StoreConflict',
    ])
    expect(store.counts).toEqual({ batches: 2, commits: 3 })
    expect(await facts(store)).toEqual(['a', 'd', 'e', 'taken'])
    await expect(commits[2]).rejects.toMatchObject({ detail: { table: 'meta' } })
  })

  it('that arrive while the disk works wait for each other', async () => {
    const store = await open()
    const first = store.commit([fact(store, 'first')])
    const rest = new Promise<void>((resolve) => {
      setImmediate(() => {
        const commits = Array.from({ length: 100 }, (_, i) =>
          store.commit([fact(store, `fact ${i}`)]),
        )
        void Promise.all(commits).then(() => resolve())
      })
    })
    await Promise.all([first, rest])
    expect(store.counts.batches).toBeLessThanOrEqual(3)
  })
})

describe('a store under load', () => {
  it('sends writers away when too many writes wait, and takes them again later', async () => {
    const store = await open({ queueBytesMax: 100_000 })
    const value = new Uint8Array(10_000)
    const commits = Array.from({ length: 50 }, (_, i) =>
      store.commit([fact(store, `fact ${i}`, value)]),
    )
    const outcomes = await Promise.all(commits.map(outcome))
    expect(new Set(outcomes)).toEqual(new Set(['durable', 'ThrottlingException']))
    const durable = outcomes.filter((one) => one === 'durable')
    expect(durable).toHaveLength(9)
    expect(await facts(store)).toHaveLength(9)
    await store.commit([fact(store, 'later', value)])
  })

  it('refuses at once what it could never take', async () => {
    const store = await open({ queueBytesMax: 100_000 })
    const commit = store.commit([fact(store, 'a', new Uint8Array(100_001))])
    await expect(commit).rejects.toMatchObject({ code: 'InputTooLarge' })
    await store.commit([fact(store, 'b')])
  })

  it('sends more than a batch holds in several', async () => {
    const store = await open()
    const value = new Uint8Array(1_000_000)
    const commits = Array.from({ length: 12 }, (_, i) =>
      store.commit([fact(store, `fact ${i}`, value)]),
    )
    await Promise.all(commits)
    expect(store.counts).toEqual({ batches: 3, commits: 12 })
  })

  it('fails what does not fit, keeps the rest, and goes on', async () => {
    const store = await open({ databaseBytesMax: 1024 * 1024 })
    const commits = Array.from({ length: 30 }, (_, i) => {
      return store.commit([fact(store, `fact ${i}`, new Uint8Array(100_000))])
    })
    const outcomes = await Promise.all(commits.map(outcome))
    const durable = outcomes.flatMap((one, i) => (one === 'durable' ? [`fact ${i}`] : []))
    expect(durable.length).toBeGreaterThan(3)
    expect(durable.length).toBeLessThan(11)
    expect(new Set(outcomes)).toEqual(new Set(['durable', 'StoreFailed']))
    expect(await facts(store)).toEqual(durable.sort())
    await store.commit([store.query.deleteFrom('meta').compile()])
    await store.commit([fact(store, 'room again', new Uint8Array(100_000))])
  })
})

describe('a closed store', () => {
  it('has written what was in line', async () => {
    const dataDir = newDir()
    const store = await open({ dataDir })
    const commits = Array.from({ length: 100 }, (_, i) => store.commit([fact(store, `fact ${i}`)]))
    await Promise.all([store.close(), ...commits])
    expect(await facts(await open({ dataDir }))).toHaveLength(100)
  })

  it('takes nothing more', async () => {
    const store = await open()
    await Promise.all([store.close(), store.close()])
    await expect(store.commit([fact(store, 'a')])).rejects.toMatchObject({ code: 'Closed' })
    await expect(facts(store)).rejects.toMatchObject({ code: 'Closed' })
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
    const nonsense = { ...fact(store, 'a'), sql: 'insert into nothing' }
    await expect(store.commit([nonsense])).rejects.toMatchObject({ code: 'StoreFailed' })
    await store.commit([fact(store, 'b')])
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
    await store.commit([fact(store, 'a')])
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
    await store.commit([fact(store, 'a')])
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
        store.commit([fact(store, `f${i}`, new Uint8Array(900))]),
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
