/**
 * The witness of docs/FORMAT.md §6.1: databases of objects that exist must be believed for ever.
 */
import { createHash, createSecretKey } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Change } from '../../src/store/change.js'
import { ObjectView } from '../../src/store/view/object-view.js'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('objects-vectors')
const FORMAT = readFileSync(new URL('../../docs/FORMAT.md', import.meta.url), 'utf8')
const SECTION = FORMAT.slice(FORMAT.indexOf('### 6.1 Objects'), FORMAT.indexOf('## 7. Audit'))
const [HEAD, HASH, SEAL] = [...SECTION.matchAll(/`([0-9a-f]{32,64})`/g)].map((match) => match[1])
const PART: Change = {
  put: 's3_part',
  row: {
    ...{ upload_id: 'u', part_number: 1, bytes: 5, etag: 'e', modified_at: 7, blob: 'b' },
    ...{ facts: '{}', mac: new Uint8Array(32).fill(0x22) },
  },
}

describe('the witness of objects', () => {
  it('is that of the vector', () => {
    const directory = newDir()
    mkdirSync(directory)
    const view = ObjectView.make(join(directory, 'objects.sqlite'))
    view.sealWith(createSecretKey(Buffer.from(Array.from({ length: 32 }, (_, i) => i))))
    expect(view.tell([PART])).toBeUndefined()
    view.settle(5, Buffer.alloc(32, 0x11))
    const { sequence, sum, seal } = view.witness
    view.close()
    expect(sequence).toBe(5)
    expect(sum.subarray(0, 16).toString('hex')).toBe(HEAD)
    expect(createHash('sha256').update(sum).digest('hex')).toBe(HASH)
    expect(seal.toString('hex')).toBe(SEAL)
  })
})
