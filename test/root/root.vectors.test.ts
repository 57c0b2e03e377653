/**
 * The bytes of docs/FORMAT.md §4: files and rows that exist must open for ever.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createKeyFile } from '../../src/root/key-file.js'
import { openRoot } from '../../src/root/root.js'
import { temporaryDirs } from '../store/temporary.js'
import { eachEngine } from '../support/engines.js'

const newDir = temporaryDirs('root-vectors')

/** 00 01 … 1f */
const ROOT_KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => i))
const KEY_FILE =
  '7365616c726f6f7400000001000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fe97bf079'
/** The first half of CMAC("XCMT" ‖ "sealtrail root key id v1" ‖ 00010001), computed by another library too. */
const ROOT_ID = 'af10bd45faf3ebceea130274bfecc87f'
/** e0 e1 … ff */
const MATERIAL = Buffer.from(Array.from({ length: 32 }, (_, i) => 0xe0 + i))
const CONTEXT = {
  'sealtrail:account': '111122223333',
  'sealtrail:region': 'us-west-2',
  'sealtrail:key-id': '1234abcd-12ab-34cd-56ef-1234567890ab',
  'sealtrail:material': '1',
}
const WRAPPED_MATERIAL =
  '726f6f7401010000af10bd45faf3ebceea130274bfecc87f968b5c92755915ff68a8dc0285c8829961e64d9cc50044e89ae46f33c64bcf2106320540ff366f1aa5fc51fe89d8229db7f76ad00e43732ca79955fad7eee944cd7c1a2ce1f7484c10681696c282cc0023f0f41edf8ce3da5c3ea38f311d738d53477911c356f147'

function newPath(): string {
  const folder = newDir()
  mkdirSync(folder)
  return join(folder, 'root-key')
}

describe('the root key file', () => {
  it('has these bytes', async () => {
    const path = newPath()
    await createKeyFile(path, ROOT_KEY)
    expect(readFileSync(path).toString('hex')).toBe(KEY_FILE)
  })
})

describe.each(eachEngine)('the root key on the $name engine', ({ engine }) => {
  it('has this id and opens this material', async () => {
    const path = newPath()
    writeFileSync(path, Buffer.from(KEY_FILE, 'hex'), { mode: 0o600 })
    const root = await openRoot({ kind: 'file', path }, engine)
    expect(Buffer.from(root.rootId).toString('hex')).toBe(ROOT_ID)
    const material = root.unwrapKey(Buffer.from(WRAPPED_MATERIAL, 'hex'), CONTEXT)
    const nonce = new Uint8Array(24)
    expect(engine.xaesCommitment(material, nonce)).toEqual(
      engine.xaesCommitment(engine.importKey(MATERIAL), nonce),
    )
    root.release()
  })
})
