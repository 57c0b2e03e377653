import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { writeWholeFile } from '../../src/store/files/whole-file.js'

const folder = mkdtempSync(join(tmpdir(), 'sealtrail-whole-'))
const path = join(folder, 'object')
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => writeFileSync(path, 'before'))

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half')
  throw new Error('the source broke')
}

describe('a whole file', () => {
  it('holds what its source gave, readable by its owner only', async () => {
    expect(await writeWholeFile(path, [Buffer.from('one '), Buffer.from('two')])).toBe(7)
    expect(readFileSync(path, 'utf8')).toBe('one two')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('may be empty', async () => {
    expect(await writeWholeFile(path, [])).toBe(0)
    expect(readFileSync(path, 'utf8')).toBe('')
  })

  it('stays as it was, with nothing left beside it, when its source fails', async () => {
    await expect(writeWholeFile(path, failing())).rejects.toThrow('the source broke')
    expect(readFileSync(path, 'utf8')).toBe('before')
    expect(readdirSync(folder)).toEqual(['object'])
  })

  it('replaces the file that a link leads to, not the link', async () => {
    const link = join(folder, 'link')
    symlinkSync(path, link)
    await writeWholeFile(link, [Buffer.from('after')])
    expect([lstatSync(link).isSymbolicLink(), readFileSync(path, 'utf8')]).toEqual([true, 'after'])
    rmSync(link)
  })

  it('replaces nothing that is no file', async () => {
    const directory = join(folder, 'directory')
    mkdirSync(directory)
    const writing = writeWholeFile(directory, [Buffer.from('bytes')])
    await expect(writing).rejects.toThrow(expect.objectContaining({ code: 'InputInvalid' }))
    expect(readdirSync(folder)).toEqual(['directory', 'object'])
    rmSync(directory, { recursive: true })
  })

  it('is not replaced when it must be new, also when it comes while the source is read', async () => {
    const fresh = join(folder, 'fresh')
    async function* overtaken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('late')
      writeFileSync(fresh, 'early')
    }
    const isRefused = expect.objectContaining({ code: 'InputInvalid' })
    await expect(writeWholeFile(fresh, overtaken(), { replace: false })).rejects.toThrow(isRefused)
    expect(readFileSync(fresh, 'utf8')).toBe('early')
    rmSync(fresh)
    await writeWholeFile(fresh, [Buffer.from('new')], { replace: false })
    expect([readFileSync(fresh, 'utf8'), statSync(fresh).nlink]).toEqual(['new', 1])
    expect(readdirSync(folder)).toEqual(['fresh', 'object'])
    rmSync(fresh)
  })

  it('is written by many at once without mixing', async () => {
    const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(1000))
    await Promise.all(texts.map((text) => writeWholeFile(path, [Buffer.from(text)])))
    expect(texts).toContain(readFileSync(path, 'utf8'))
    expect(readdirSync(folder)).toEqual(['object'])
  })
})
