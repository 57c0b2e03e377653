/** The bytes of docs/FORMAT.md §6 for IAM: rows that exist must be believed for ever. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openEngine } from '../../src/engine/choose.js'
import { putThing } from '../../src/iam/principals/rows.js'
import { openRoot } from '../../src/root/root.js'

const folder = mkdtempSync(join(tmpdir(), 'sealtrail-iam-rows-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** As in test/root/root.vectors.test.ts: the key 00 01 … 1f. */
const KEY_FILE =
  '7365616c726f6f7400000001000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fe97bf079'
/** Of `["iam_access_key",["access_key_id","AKIAIOSFODNN7EXAMPLE"],["account",…],…,["wrapped","0102"]]`. */
const MAC = 'c5181f786fbc8b54feae465228cec6174866d8ad50c2c47b3fe47ab41e8f661f'

it('the row of an access key has this MAC', async () => {
  const path = join(folder, 'root-key')
  writeFileSync(path, Buffer.from(KEY_FILE, 'hex'), { mode: 0o600 })
  const root = await openRoot({ kind: 'file', path }, openEngine('node'))
  const change = putThing(root, {
    ...{ kind: 'key', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', account: '111122223333' },
    ...{ userId: 'AIDACKCEVSQ6C2EXAMPLE', status: 'Active', createdAt: 1_764_000_000_000 },
    wrapped: Uint8Array.of(1, 2),
  })
  const { mac } = (change as { row: { mac: Uint8Array } }).row
  expect(Buffer.from(mac).toString('hex')).toBe(MAC)
  root.release()
})
