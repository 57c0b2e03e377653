/**
 * Key material whose shreds are gone, told of by fsck before a repair and after it, and a directory that starts without it.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chooseEngines } from '../../src/engine/choose.js'
import { openRoot } from '../../src/root/root.js'
import type { Sealtrail } from '../../src/sealtrail.js'
import { inspect, type Report, repair } from '../../src/store/fsck/fsck.js'
import { importMaterial } from '../support/importing.js'
import { withHouse } from './laid-out.js'
import { layOut } from './proofs/directories.mjs'
import { temporaryDirs } from './temporary.js'

const newDir = temporaryDirs('fsck-shreds')

async function repaired(root: string): Promise<Report> {
  const path = join(root, 'root-key')
  const rootKey = await openRoot({ kind: 'file', path }, chooseEngines('node').small)
  try {
    return repair(join(root, 'data'), rootKey.markKey)
  } finally {
    rootKey.release()
  }
}

/** Flips a bit in the first block that holds `text`. */
function spoil(root: string, text: string): void {
  for (const name of readdirSync(join(root, 'data/journal')).sort()) {
    const path = join(root, 'data/journal', name)
    const bytes = readFileSync(path)
    const at = bytes.indexOf(text)
    if (at === -1) continue
    bytes[at]! ^= 1
    writeFileSync(path, bytes)
    return
  }
  throw new Error(`nothing holds ${text}`)
}

async function encrypted({ kms }: Sealtrail, KeyId: string): Promise<Uint8Array> {
  const { CiphertextBlob } = await kms.encrypt({ KeyId, Plaintext: Buffer.from('hello') })
  return CiphertextBlob!
}

async function stateOf({ kms }: Sealtrail, KeyId: string): Promise<string | undefined> {
  return (await kms.describeKey({ KeyId })).KeyMetadata!.KeyState
}

async function opened(
  { kms }: Sealtrail,
  CiphertextBlob: Uint8Array,
  EncryptionContext: Record<string, string> = {},
): Promise<string> {
  const answer = await kms
    .decrypt({ CiphertextBlob, EncryptionContext })
    .catch(({ code }: { code: string }) => ({ Plaintext: Buffer.from(code) }))
  return Buffer.from(answer.Plaintext!).toString()
}

describe('a repair that cuts off the deletion of imported material', () => {
  it('says that the material is gone, and leaves a key that waits for it', async () => {
    const root = newDir()
    const material = randomBytes(32)
    const { imported, other, blobs } = await withHouse(root, async (house) => {
      const { kms } = house
      const made = await Promise.all([kms.createKey({ Origin: 'EXTERNAL' }), kms.createKey({})])
      const [imported, other] = made.map(({ KeyMetadata }) => KeyMetadata!.KeyId!)
      await importMaterial(kms, imported!, material)
      const blobs = [await encrypted(house, imported!), await encrypted(house, other!)]
      await kms.deleteImportedKeyMaterial({ KeyId: imported! })
      return { imported: imported!, other: other!, blobs }
    })
    const dataDir = join(root, 'data')
    spoil(root, 'DeleteImportedKeyMaterial')
    const name = `the imported material 1 of key ${imported} of account 000000000000 in us-east-1`
    const before = inspect(dataDir)
    expect(before.price?.material).toEqual([name])
    expect(before.gone).toEqual([])
    expect(await repaired(root)).toMatchObject({ damage: [], gone: [name], price: undefined })
    await withHouse(root, async (house) => {
      expect(await stateOf(house, imported)).toBe('PendingImport')
      expect(await opened(house, blobs[0]!)).toBe('KMSInvalidStateException')
      expect(await stateOf(house, other)).toBe('Enabled')
      expect(await opened(house, blobs[1]!)).toBe('hello')
      await importMaterial(house.kms, imported, material, { ImportType: 'EXISTING_KEY_MATERIAL' })
      expect(await opened(house, blobs[0]!)).toBe('hello')
    })
    expect(inspect(dataDir)).toMatchObject({ damage: [], gone: [], price: undefined })
    await withHouse(root, async (house) => {
      expect(await opened(house, blobs[0]!)).toBe('hello')
    })
  })
})

describe('a repair of a directory whose journal was trimmed, and which an older version left', () => {
  it('keeps the copy of the tables that its sound part joins', async () => {
    const root = newDir()
    const { keyIds, blobs } = layOut('v6-trimmed', root)
    spoil(root, 'alias/last')
    const dataDir = join(root, 'data')
    const { price } = inspect(dataDir)
    expect(price).toMatchObject({ isCut: true, material: [] })
    expect(await repaired(root)).toMatchObject({ damage: [], gone: [], price: undefined })
    await withHouse(root, async (house) => {
      expect(await opened(house, Buffer.from(blobs[0]!.blob, 'base64'), blobs[0]!.context)).toBe(
        blobs[0]!.plaintext,
      )
      expect(await stateOf(house, keyIds[2]!)).toBe('Disabled')
      const { Aliases } = await house.kms.listAliases({ KeyId: keyIds[1]! })
      expect(Aliases!.map(({ AliasName }) => AliasName)).toEqual(['alias/k1'])
    })
  })
})

describe('a repair of a trimmed journal whose oldest segment has lost its head', () => {
  it('gives up the records in it, and no key: copies of the tables have what was in it', async () => {
    const root = newDir()
    const { keyIds, blobs } = layOut('v6-trimmed', root)
    const dataDir = join(root, 'data')
    const [name] = readdirSync(join(dataDir, 'journal')).sort()
    const path = join(dataDir, 'journal', name!)
    const bytes = readFileSync(path)
    bytes[3]! ^= 1
    writeFileSync(path, bytes)
    await expect(withHouse(root, async () => {})).rejects.toMatchObject({ code: 'StoreDamaged' })
    expect(inspect(dataDir)).toMatchObject({
      damage: [{ file: path, offset: 0 }],
      price: { isCut: true, from: 89, to: 96, records: 8, material: [] },
    })
    expect(await repaired(root)).toMatchObject({ damage: [], mended: [], price: undefined })
    const lost = readdirSync(join(dataDir, 'journal')).find((one) => one.startsWith('lost-'))!
    expect(readFileSync(join(dataDir, 'journal', lost, name!))).toEqual(bytes)
    await withHouse(root, async (house) => {
      expect(await opened(house, Buffer.from(blobs[0]!.blob, 'base64'), blobs[0]!.context)).toBe(
        blobs[0]!.plaintext,
      )
      expect(await stateOf(house, keyIds[2]!)).toBe('Disabled')
    })
  })
})

describe('shreds that both files have lost', () => {
  it('are damage, which a repair turns into keys that can only be looked at and deleted', async () => {
    const root = newDir()
    const { keyId, blob } = await withHouse(root, async (house) => {
      const { KeyMetadata } = await house.kms.createKey({})
      return { keyId: KeyMetadata!.KeyId!, blob: await encrypted(house, KeyMetadata!.KeyId!) }
    })
    for (const name of ['shreds-a', 'shreds-b']) truncateSync(join(root, 'data', name))
    const dataDir = join(root, 'data')
    const name = `the material of key ${keyId} of account 000000000000 in us-east-1`
    await expect(withHouse(root, async () => {})).rejects.toMatchObject({ code: 'StoreDamaged' })
    const report = inspect(dataDir)
    expect(report.damage).toMatchObject([{ reason: expect.stringContaining(name) }])
    expect(report.price).toMatchObject({ isCut: false, records: 0, material: [name] })
    expect(report.price!.from).toBeGreaterThan(report.price!.to!)
    expect(await repaired(root)).toMatchObject({ damage: [], gone: [name], price: undefined })
    await withHouse(root, async (house) => {
      expect(await stateOf(house, keyId)).toBe('Enabled')
      expect(await opened(house, blob)).toBe('StoreDamaged')
      await house.kms.scheduleKeyDeletion({ KeyId: keyId })
      expect(await stateOf(house, keyId)).toBe('PendingDeletion')
      const { KeyMetadata } = await house.kms.createKey({})
      expect(await opened(house, await encrypted(house, KeyMetadata!.KeyId!))).toBe('hello')
    })
    expect(inspect(dataDir)).toMatchObject({ damage: [], gone: [name] })
  })

  it('are not given up by who has another root key', async () => {
    const root = newDir()
    await withHouse(root, ({ kms }) => kms.createKey({}))
    for (const name of ['shreds-a', 'shreds-b']) truncateSync(join(root, 'data', name))
    const other = newDir()
    await withHouse(other, async () => {})
    rmSync(join(root, 'root-key'))
    writeFileSync(join(root, 'root-key'), readFileSync(join(other, 'root-key')), { mode: 0o600 })
    await expect(repaired(root)).rejects.toMatchObject({
      code: 'StoreDamaged',
      message: expect.stringContaining('it is not sealed by this root key'),
    })
  })
})
