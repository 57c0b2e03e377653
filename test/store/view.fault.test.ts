import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Change } from '../../src/store/change.js'
import { Database, type SqlValue } from '../../src/store/view/database.js'
import { VIEW_TABLES } from '../../src/store/view/schema.js'
import { type Tables, View } from '../../src/store/view/view.js'
import { fact } from './suite.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('view')
const FAILED = expect.objectContaining({ code: 'StoreFailed' })
const IO_ERROR = 10 | (4 << 8)
const ORPHAN: Change = {
  put: 'kms_alias',
  row: {
    ...{ account: '1', region: 'r', alias_name: 'alias/x' },
    ...{ target_key_id: 'no such key', created_at: 0, updated_at: 0 },
  },
}
let database: Database | undefined

afterEach(() => {
  database?.close()
  database = undefined
})

function newPath(): string {
  const dir = newDir()
  mkdirSync(dir)
  return join(dir, 'sealtrail.sqlite')
}

function openDatabase(path = newPath()): Database {
  database = new Database(path, VIEW_TABLES)
  return database
}

function names(): unknown[] {
  return database!.read('select name from meta order by name', []).map(({ name }) => name)
}

/** Tables whose statement `sql` fails with SQLite's `errcode`, before it has an effect. */
function failing(sql: string, errcode: number | undefined, isLost = false): Tables {
  const real = database!
  return {
    get inTransaction() {
      return real.inTransaction
    },
    run(text: string, parameters: readonly SqlValue[]) {
      if (text === sql) {
        if (isLost) real.run('rollback', [])
        throw Object.assign(new Error('disk I/O error'), { errcode })
      }
      return real.run(text, parameters)
    },
    read: (text, parameters) => real.read(text, parameters),
    close: () => real.close(),
  }
}

describe('a view', () => {
  it('is told facts that count when they are settled', () => {
    const view = new View('', openDatabase())
    view.begin()
    expect(view.tell([fact('a')])).toBeUndefined()
    expect(view.tell([fact('b'), fact('c')])).toBeUndefined()
    view.settle()
    expect(names()).toEqual(['a', 'b', 'c'])
  })

  it('forgets what was not settled', () => {
    const view = new View('', openDatabase())
    view.begin()
    view.tell([fact('a')])
    view.undo()
    view.undo()
    expect(names()).toEqual([])
  })

  it.each([
    ['at their start', [ORPHAN, fact('x')]],
    ['in their middle', [fact('x'), ORPHAN, fact('y')]],
    ['at their end', [fact('x'), ORPHAN]],
  ])('refuses facts that do not fit %s, all of them, and no others', (_where, changes) => {
    const view = new View('', openDatabase())
    view.begin()
    expect(view.tell([fact('a')])).toBeUndefined()
    expect(view.tell(changes)).toEqual(FAILED)
    expect(view.tell([fact('b')])).toBeUndefined()
    view.settle()
    expect(names()).toEqual(['a', 'b'])
  })

  it('throws when SQLite has given up the whole transaction', () => {
    openDatabase()
    const view = new View('', failing('release one_commit', 13, true))
    view.begin()
    expect(() => view.tell([fact('a')])).toThrow('disk I/O error')
    expect(database!.inTransaction).toBe(false)
    expect(names()).toEqual([])
  })

  it('throws when it cannot settle, and can be undone then', () => {
    openDatabase()
    const view = new View('', failing('commit', IO_ERROR))
    view.begin()
    view.tell([fact('a')])
    expect(() => view.settle()).toThrow('disk I/O error')
    view.undo()
    expect(names()).toEqual([])
  })

  it('does not soften a mistake of ours', () => {
    openDatabase()
    const view = new View('', failing('release one_commit', undefined))
    view.begin()
    expect(() => view.tell([fact('a')])).toThrow('disk I/O error')
  })

  it('is, closed, one file with the hash it tells; and without a hash when it could not be closed', () => {
    const path = newPath()
    const first = View.open(path)
    first.begin()
    first.tell([fact('a')])
    first.settle()
    expect(first.close()).toHaveLength(32)
    const copy = newPath()
    copyFileSync(path, copy)
    openDatabase(copy)
    expect(names()).toEqual(['a'])
    const stuck = new View(path, {
      ...failing('', 0),
      inTransaction: false,
      close: () => {
        throw new Error('stuck')
      },
    })
    expect(stuck.close()).toBeUndefined()
  })
})
