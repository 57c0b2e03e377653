import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { SealtrailError } from '../../src/errors.js'
import { createKeyFile, readKeyFile } from '../../src/root/key-file.js'
import { partOf } from '../../src/store/files/part.js'
import { readPrivateFile } from '../../src/store/files/private-file.js'
import { writeWholeFile } from '../../src/store/files/whole-file.js'

const root = mkdtempSync(join(tmpdir(), 'sealtrail-part-'))
afterAll(() => rmSync(root, { recursive: true }))

const { pid: deadPid } = spawnSync(process.execPath, ['--version'])
/** A part of `target` as process `pid` of this place would have left it. */
const partBy = (pid: number, target: string) =>
  basename(partOf(target)).replace(`-${process.pid}-`, `-${pid}-`)

function directory(name: string, files: readonly string[]): string {
  const path = join(root, name)
  mkdirSync(path)
  for (const file of files) writeFileSync(join(path, file), '')
  return path
}

const privateFile = (path: string) => ({
  ...{ path, bytesMax: 10 },
  unusable: (reason: string) => new SealtrailError('ConfigInvalid', reason),
})
const left = partBy(deadPid, 'object')

describe('a part', () => {
  it('has another name each time', () => {
    expect(partOf('object')).not.toBe(partOf('object'))
  })

  it.each([
    ['a file is written', (at: string) => writeWholeFile(join(at, 'object'), [])],
    ['another file is written', (at: string) => writeWholeFile(join(at, 'other'), [])],
    ['a private file is read', (at: string) => readPrivateFile(privateFile(join(at, 'none')))],
    ['a root key is read', (at: string) => readKeyFile(join(at, 'nowhere'))],
    [
      'a root key is made',
      async (at: string) => {
        await readKeyFile(join(at, 'object'))
        await createKeyFile(join(at, 'object'), new Uint8Array(32))
      },
    ],
  ])('of a process that is gone is removed when %s', async (name, work) => {
    const path = directory(name, [left, 'kept'])
    await work(path)
    expect(readdirSync(path)).not.toContain(left)
    expect(readdirSync(path)).toContain('kept')
  })

  it('that may be in use, or may be no part of ours, stays', async () => {
    const [, place] = /object\.([0-9a-f]{8})-/.exec(left)!
    const kept = [
      partBy(process.ppid, 'object'),
      partBy(process.pid, 'object'),
      left.replace(place!, place === '00000000' ? '11111111' : '00000000'),
      'object.part',
      `object.${deadPid}-1.part`,
      `${left}.txt`,
      left.replace(/^object\./, ''),
      left.replace('.part', '.gz'),
      left.replace(`-${deadPid}-`, '-0-'),
      left.replace(`-${deadPid}-`, `--${deadPid}-`),
    ].sort()
    const path = directory('mixed', kept)
    await writeWholeFile(join(path, 'object'), [])
    expect(readdirSync(path).sort()).toEqual(['object', ...kept].sort())
  })
})
