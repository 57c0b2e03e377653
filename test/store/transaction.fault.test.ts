import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Database } from '../../src/store/view/database.js'
import { STATEMENTS, writesOf } from '../../src/store/view/statements.js'
import type { Batch, SqlValue, Write } from '../../src/store/view/thread-talk.js'
import { type Writable, Writer } from '../../src/store/view/transaction.js'
import { fact, record } from './suite.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('transaction')
const BYTES = new Uint8Array(100)
let database: Database | undefined

afterEach(() => {
  database?.close()
  database = undefined
})

function openDatabase(options = {}): Database {
  const dir = newDir()
  mkdirSync(dir)
  database = new Database(join(dir, 'sealtrail.sqlite'), options)
  return database
}

/** Groups of records with these ids, no two of which may be alike. */
function batch(...groups: string[][]): Batch {
  return groups.map((ids) => writesOf({ records: ids.map(record) }))
}

function names(): unknown[] {
  const sql = 'select event_id from audit_record order by event_id'
  return database!.read(sql, []).map(({ event_id }) => event_id)
}

/** Facts, which may be said again. */
function put(name: string, value: Uint8Array = BYTES): Write {
  return writesOf({ changes: [fact(name, value)] })[0]!
}

function said(): unknown[] {
  return database!.read('select name from meta order by name', []).map(({ name }) => name)
}

/** A database whose statement `sql` fails with SQLite's `errcode` at its `nth` run, before it has an effect. */
function failing(sql: string, errcode: number, nth = 1): Writable {
  const real = database!
  let left = nth
  return {
    get inTransaction() {
      return real.inTransaction
    },
    run(text: string, parameters: readonly SqlValue[]) {
      if (text === sql && --left === 0)
        throw Object.assign(new Error('disk I/O error'), { errcode })
      real.run(text, parameters)
    },
  }
}

const CONFLICT = expect.objectContaining({
  code: 'StoreConflict',
  detail: { table: 'audit_record' },
})
const FAILED = expect.objectContaining({ code: 'StoreFailed' })
const IO_ERROR = 10 | (4 << 8)
const FULL = 13

describe('a batch of groups', () => {
  it('is written as a whole', () => {
    const writer = new Writer(openDatabase())
    expect(writer.write(batch(['a'], ['b', 'c'], ['d']))).toEqual([undefined, undefined, undefined])
    expect(names()).toEqual(['a', 'b', 'c', 'd'])
    expect(database!.inTransaction).toBe(false)
  })

  it.each([
    ['alone', ['a']],
    ['at its start', ['a', 'x']],
    ['at its end', ['x', 'a']],
    ['within itself', ['x', 'x']],
    ['in its middle', ['x', 'a', 'y']],
  ])('loses the group that conflicts %s, and no other', (_where, conflicting) => {
    const writer = new Writer(openDatabase())
    const outcomes = writer.write(batch(['a'], ['b', 'c'], conflicting, ['d', 'e'], ['f']))
    expect(outcomes).toEqual([undefined, undefined, CONFLICT, undefined, undefined])
    expect(names()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  it('keeps the first of two groups that want the same row', () => {
    const writer = new Writer(openDatabase())
    expect(writer.write(batch(['a', 'b'], ['b', 'c'], ['c']))).toEqual([
      undefined,
      CONFLICT,
      undefined,
    ])
    expect(names()).toEqual(['a', 'b', 'c'])
  })

  it('may lose all its groups, one by one', () => {
    const writer = new Writer(openDatabase())
    writer.write(batch(['a']))
    expect(writer.write(batch(['a'], ['b', 'a'], ['a']))).toEqual([CONFLICT, CONFLICT, CONFLICT])
    expect(names()).toEqual(['a'])
  })

  it('tells a refused row from a conflict', () => {
    const writer = new Writer(openDatabase())
    const place = { account: '1', region: 'r', alias_name: 'alias/x' }
    const orphan = { ...place, target_key_id: 'no such key', created_at: 0, updated_at: 0 }
    const [number] = put('c')
    const outcomes = writer.write([
      [put('a')],
      [put('b'), ...writesOf({ changes: [{ put: 'kms_alias', row: orphan }] })],
      [[number, 'c', null]],
      [put('d')],
    ])
    expect(outcomes).toEqual([undefined, FAILED, FAILED, undefined])
    expect(said()).toEqual(['a', 'd'])
  })
})

describe('a disk without room', () => {
  const BIG = new Uint8Array(600_000)

  it('fails the group that does not fit, and keeps those that do', () => {
    const writer = new Writer(openDatabase({ databaseBytesMax: 512 * 1024 }))
    const outcomes = writer.write([[put('a')], [put('b'), put('big', BIG)], [put('c')]])
    expect(outcomes).toEqual([undefined, FAILED, undefined])
    expect(said()).toEqual(['a', 'c'])
  })

  it('acknowledges nothing that is not there', () => {
    const writer = new Writer(openDatabase({ databaseBytesMax: 256 * 1024 }))
    const value = new Uint8Array(1000)
    const acknowledged: string[] = []
    let failures = 0
    for (let i = 0; failures < 50; i++) {
      const batchNames = Array.from({ length: 10 }, (_, k) => `${String(i).padStart(4, '0')}-${k}`)
      const groups = batchNames.map((name) => [put(name, value)])
      for (const [k, outcome] of writer.write(groups).entries()) {
        if (outcome === undefined) acknowledged.push(batchNames[k]!)
        else failures++
      }
    }
    expect(said()).toEqual(acknowledged)
    expect(acknowledged.length).toBeGreaterThan(100)
  })

  it('is written to again when there is room', () => {
    const writer = new Writer(openDatabase({ databaseBytesMax: 512 * 1024 }))
    const big: Batch = [[put('big', BIG)]]
    expect(writer.write(big)).toEqual([FAILED])
    database!.read('pragma max_page_count = 1000', [])
    expect(writer.write(big)).toEqual([undefined])
    expect(said()).toEqual(['big'])
  })

  it('may show at the commit: the groups are tried one by one', () => {
    openDatabase()
    const writer = new Writer(failing('commit', FULL))
    expect(writer.write(batch(['a'], ['b'], ['c']))).toEqual([undefined, undefined, undefined])
    expect(names()).toEqual(['a', 'b', 'c'])
  })

  it('may show at the commit of a single group, which fails', () => {
    openDatabase()
    const writer = new Writer(failing('commit', FULL))
    expect(writer.write(batch(['a', 'b']))).toEqual([FAILED])
    expect(names()).toEqual([])
    expect(writer.write(batch(['c']))).toEqual([undefined])
  })
})

describe('a commit that fails', () => {
  it('acknowledges none of its groups, and none after it', () => {
    openDatabase()
    const writer = new Writer(failing('commit', IO_ERROR))
    expect(writer.write(batch(['a'], ['b', 'c']))).toEqual([FAILED, FAILED])
    expect(database!.inTransaction).toBe(false)
    const after = writer.write(batch(['d']))
    expect(after).toEqual([FAILED])
    expect(after[0]?.message).toMatch(/since a commit failed .*open the store again/)
    expect(writer.broken).toEqual(after[0])
    expect(names()).toEqual([])
  })

  it('leaves what was acknowledged before', () => {
    openDatabase()
    const writer = new Writer(failing('commit', IO_ERROR, 3))
    expect(writer.write(batch(['a']))).toEqual([undefined])
    expect(writer.write(batch(['b']))).toEqual([undefined])
    expect(writer.write(batch(['c']))).toEqual([FAILED])
    expect(names()).toEqual(['a', 'b'])
    expect(new Writer(database!).write(batch(['d']))).toEqual([undefined])
  })
})

describe('a transaction whose own steps fail', () => {
  it.each(['begin immediate', 'savepoint one_group', 'release one_group'])(
    'at "%s" tries its groups one by one',
    (step) => {
      openDatabase()
      const writer = new Writer(failing(step, IO_ERROR))
      expect(writer.write(batch(['a', 'b'], ['c', 'd']))).toEqual([undefined, undefined])
      expect(names()).toEqual(['a', 'b', 'c', 'd'])
    },
  )

  it('at "rollback to one_group" never keeps half a group', () => {
    openDatabase()
    const writer = new Writer(failing('rollback to one_group', IO_ERROR))
    expect(writer.write(batch(['a'], ['x', 'a'], ['b']))).toEqual([undefined, CONFLICT, undefined])
    expect(names()).toEqual(['a', 'b'])
  })

  it('by a mistake of ours is not softened', () => {
    openDatabase()
    const [[number]] = writesOf({ records: [record('a')] }) as [Write]
    const writable = failing(STATEMENTS[number]!, undefined as never)
    expect(() => new Writer(writable).write(batch(['a']))).toThrow('disk I/O error')
  })
})
