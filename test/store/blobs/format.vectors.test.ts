/** The files of blobs are, byte for byte, as docs/FORMAT.md §10 has them. */
import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  checksumWith,
  fileFoot,
  PACK_HEAD_BYTES,
  packHead,
  readRecord,
  recordBytes,
  writeRecord,
} from '../../../src/store/blobs/packs/layout.js'
import { fileRef, packRef, placeOf } from '../../../src/store/blobs/ref.js'

const section = readFileSync('docs/FORMAT.md', 'utf8').split('\n## 10.')[1]!
const [head, record, file] = [...section.matchAll(/^ {4}([0-9a-f]{2,})$/gm)].map(([, hex]) => hex)
const BLOB = Buffer.from('sealed')
const ID = '000102030405060708090a0b0c0d0e0f'

describe('a pack', () => {
  it('begins with the head of the vector', () => {
    expect(packHead('1-k3x9qa').toString('hex')).toBe(head)
  })

  it('has records as the vector has it, under the ref that leads there', () => {
    const ref = packRef('1-k3x9qa', PACK_HEAD_BYTES, BLOB.length)
    expect(ref).toBe('p-1-k3x9qa-1s-6')
    expect(placeOf(ref)).toEqual({ kind: 'pack', pack: '1-k3x9qa', offset: 64, bytes: 6 })
    const written = Buffer.alloc(recordBytes(BLOB.length))
    writeRecord(written, 0, ref, BLOB)
    expect(written.toString('hex')).toBe(record)
    expect(readRecord(Buffer.from(record!, 'hex'), ref, 6)?.toString()).toBe('sealed')
  })
})

describe('a file of its own', () => {
  it('is as the vector has it, under the ref that leads there', () => {
    const ref = fileRef(ID, BLOB.length)
    expect(ref).toBe(`f-${ID}-6`)
    expect(placeOf(ref)).toEqual({ kind: 'file', id: ID, bytes: 6 })
    const foot = fileFoot(checksumWith(crc32(BLOB), ref))
    expect(Buffer.concat([BLOB, foot]).toString('hex')).toBe(file)
  })
})
