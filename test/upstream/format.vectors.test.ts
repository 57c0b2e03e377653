/** Objects upstream are, byte for byte, as docs/FORMAT.md §10.1 has them. */
import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { checksumWith, fileFoot } from '../../src/store/blobs/packs/layout.js'
import { upstreamFileRef, upstreamPlaceOf } from '../../src/store/blobs/upstream-ref.js'
import { packOf } from '../../src/upstream/packing.js'

const section = readFileSync('docs/FORMAT.md', 'utf8').split('\n### 10.1')[1]!
const [head, record, file] = [...section.matchAll(/^ {4}([0-9a-f]{2,})$/gm)].map(([, hex]) => hex)
const [, key, ref] = /has the key `packs\/(\S+)` and the ref\n`(\S+)`/.exec(section)!
const BLOB = Buffer.from('sealed')
const ID = '000102030405060708090a0b0c0d0e0f'

describe('a pack upstream', () => {
  it('is as the vector has it, under the ref that leads there', () => {
    const { name, refs, object } = packOf(ID, [BLOB])
    expect(name).toBe(key)
    expect(refs).toEqual([ref])
    expect(object.toString('hex')).toBe(`${head}${record}`)
    expect(upstreamPlaceOf(ref!)).toEqual({ kind: 'pack', pack: name, offset: 64, bytes: 6 })
  })
})

describe('an object upstream', () => {
  it('is as the vector has it, under the ref that leads there', () => {
    const one = upstreamFileRef(ID, BLOB.length)
    expect(one).toBe(`uf-${ID}-6`)
    expect(upstreamPlaceOf(one)).toEqual({ kind: 'file', id: ID, bytes: 6 })
    const foot = fileFoot(checksumWith(crc32(BLOB), one))
    expect(Buffer.concat([BLOB, foot]).toString('hex')).toBe(file)
  })
})
