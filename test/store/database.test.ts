import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, describe, expect, it } from 'vitest'
import { Database } from '../../src/store/view/database.js'
import { VIEW_TABLES } from '../../src/store/view/schema.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('database')
const opened: Array<{ close(): void }> = []

afterEach(() => {
  for (const database of opened.splice(0)) database.close()
})

function newPath(): string {
  const dir = newDir()
  mkdirSync(dir)
  return join(dir, 'sealtrail.sqlite')
}

function open(path: string): Database {
  const database = new Database(path, VIEW_TABLES)
  opened.push(database)
  return database
}

function pragma(database: Database, name: string): unknown {
  return Object.values(database.read(`pragma ${name}`, [])[0]!)[0]
}

describe('a database', () => {
  it('leaves syncing to the journal, and is alone on its file', () => {
    const database = open(newPath())
    expect(pragma(database, 'journal_mode')).toBe('wal')
    expect(pragma(database, 'synchronous')).toBe(1)
    expect(pragma(database, 'locking_mode')).toBe('exclusive')
    expect(pragma(database, 'foreign_keys')).toBe(1)
  })

  it('belongs to its owner alone, log and all', () => {
    const path = newPath()
    chmodSync(join(path, '..'), 0o755)
    const database = open(path)
    database.run('insert into meta (name, value) values (?, ?)', ['a', new Uint8Array(1)])
    for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('refuses text where a number belongs', () => {
    const database = open(newPath())
    const insert = 'insert into kms_alias values (?, ?, ?, ?, ?, ?)'
    expect(() => database.run(insert, ['1', 'r', 'alias/a', 'k', 'soon', 0])).toThrow('INTEGER')
  })

  it('refuses an alias of a key that is not there', () => {
    const database = open(newPath())
    const insert = 'insert into kms_alias values (?, ?, ?, ?, ?, ?)'
    expect(() => database.run(insert, ['1', 'r', 'alias/a', 'k', 0, 0])).toThrow('FOREIGN KEY')
  })

  it('keeps working through more statements than it keeps ready', () => {
    const database = open(newPath())
    for (let i = 0; i < 400; i++) {
      expect(database.read(`select ${i % 200} as i`, [])).toEqual([{ i: i % 200 }])
    }
  })

  it('is asked for the whole of a text, also behind a NUL', () => {
    const database = open(newPath())
    database.run('insert into meta (name, value) values (?, ?)', ['a', new Uint8Array(1)])
    const names = (condition: string, name: string) =>
      database.read(`select name from meta where ${condition}`, [name])
    expect(names('name = ?', 'a\0b')).toEqual([])
    expect(names('name >= ?', 'a\0')).toEqual([])
    expect(names('name < ?', 'a\0')).toEqual([{ name: 'a' }])
  })
})

describe('a database that cannot be used', () => {
  it('is of another version', () => {
    const path = newPath()
    const other = new DatabaseSync(path)
    other.exec('create table addresses (name text)')
    other.close()
    expect(() => open(path)).toThrow(
      expect.objectContaining({
        code: 'StoreFailed',
        message: expect.stringContaining('is of another version of sealtrail'),
      }),
    )
  })

  it('is not a database', () => {
    const path = newPath()
    writeFileSync(
      path,
      'these are not the bytes of a database, however long they go on. '.repeat(99),
    )
    expect(() => open(path)).toThrow(
      expect.objectContaining({
        code: 'StoreFailed',
        message: expect.stringMatching(
          /sealtrail\.sqlite cannot be opened: file is not a database/,
        ),
      }),
    )
  })

  it('lies in a directory that is not there', () => {
    expect(() => open(join(newDir(), 'none', 'sealtrail.sqlite'))).toThrow(
      expect.objectContaining({ code: 'StoreFailed' }),
    )
  })
})
