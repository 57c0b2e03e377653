/**
 * Material that is gone for good: nothing in the data directory opens what was under it, whatever was copied later.
 *
 * It was imported, so that what is looked for is known: the bytes, and every wrap of them that ever was written.
 */
import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readMaterials } from '../../../src/kms/keys/material-rows.js'
import { readKey } from '../../../src/kms/keys/rows.js'
import { importMaterial } from '../../support/importing.js'
import { formsOf } from '../../support/key-traces.mjs'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../../support/kms.js'

const DAY_MS = 24 * 60 * 60 * 1000
const WEEK = { PendingWindowInDays: 7 }
const ON_DEMAND_MAX = 25

let house: TestKms
let folder: string
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sealtrail-destroyed-'))
  house = await openTestKms({ folder })
})
afterEach(async () => {
  await house.close()
  rmSync(folder, { recursive: true })
})

const place = (keyId: string) => ({ account: ACCOUNT, region: REGION, keyId })
const newKey = async () => (await house.kms.createKey({ Origin: 'EXTERNAL' })).KeyMetadata.KeyId

/** Journal, snapshots, view with its log, shreds: every file of the data directory. */
function everything(dataDir = house.store.dataDir): Buffer[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
}

const holders = (needle: Buffer) => everything().filter((bytes) => bytes.includes(needle)).length

/** In every form in which key bytes have been seen to stay behind somewhere. */
function traces(material: Uint8Array): string[] {
  const forms = [...formsOf(Buffer.from(material))] as [string, Buffer][]
  return forms.filter(([, needle]) => holders(needle) > 0).map(([form]) => form)
}

/** What names each shred of the key wherever it lies: the nonce of its wrap. */
async function shredsOf(keyId: string): Promise<Map<string, Buffer>> {
  const { store, root } = house
  const key = (await readKey(store, root, place(keyId)))!
  const materials = await readMaterials(store, root, key)
  const ids = [key.shredId, ...materials.flatMap(({ imported }) => imported?.shredId ?? [])]
  const nonces = new Map<string, Buffer>()
  for (const id of ids) nonces.set(id, Buffer.from((await store.shred(id))!).subarray(24, 48))
  return nonces
}

/** A key that has been rotated as often as AWS lets it, with a blob of each generation. */
async function rotatedKey(isImported: boolean) {
  const { kms } = house
  const materials = [randomBytes(32)]
  const KeyId = isImported ? await newKey() : (await kms.createKey({})).KeyMetadata.KeyId
  if (isImported) await importMaterial(kms, KeyId, materials[0]!)
  const seal = async (text: string) =>
    (await kms.encrypt({ KeyId, Plaintext: Buffer.from(text) })).CiphertextBlob
  const blobs = [await seal('0')]
  for (let i = 1; i <= ON_DEMAND_MAX; i++) {
    if (isImported) {
      materials.push(randomBytes(32))
      await importMaterial(kms, KeyId, materials[i]!, { ImportType: 'NEW_KEY_MATERIAL' })
    }
    await kms.rotateKeyOnDemand({ KeyId })
    blobs.push(await seal(String(i)))
  }
  return { KeyId, blobs, materials }
}

async function opened(blobs: readonly Uint8Array[]): Promise<string[]> {
  const texts: string[] = []
  for (const CiphertextBlob of blobs) {
    const { Plaintext } = await house.kms.decrypt({ CiphertextBlob })
    texts.push(Buffer.from(Plaintext).toString())
  }
  return texts
}

/** Why none of them opens; fails when one does. */
async function refusals(blobs: readonly Uint8Array[]): Promise<Set<string>> {
  const codes = new Set<string>()
  for (const CiphertextBlob of blobs) {
    const code = await house.kms.decrypt({ CiphertextBlob }).then(
      () => expect.fail('a blob of a deleted key opened'),
      (error: { code: string }) => error.code,
    )
    codes.add(code)
  }
  return codes
}

describe('the search', () => {
  it('finds what lies in any file of the data directory: the control', () => {
    const planted = randomBytes(32)
    const path = join(house.store.dataDir, 'planted')
    writeFileSync(path, `${planted.toString('base64')} ${planted.toString('hex')}`)
    expect(traces(planted)).toEqual(['hex', 'hex, end', 'base64', 'base64, end'])
    writeFileSync(path, planted)
    expect(traces(planted)).toEqual(['raw', 'raw, end'])
    rmSync(path)
  })
})

describe('a key after 25 on-demand rotations', () => {
  it.each([
    ['imported', true],
    ['its own', false],
  ])(
    'opens blobs of every generation of %s material, and none once it is deleted',
    async (_, isImported) => {
      const { KeyId, blobs, materials } = await rotatedKey(isImported)
      const generations = Array.from({ length: ON_DEMAND_MAX + 1 }, (_, i) => String(i))
      expect(await opened(blobs)).toEqual(generations)
      house = await house.reopen()
      expect(await opened(blobs)).toEqual(generations)
      await expect(house.kms.rotateKeyOnDemand({ KeyId })).rejects.toMatchObject({
        code: 'LimitExceededException',
      })
      const shreds = await shredsOf(KeyId)
      expect(shreds.size).toBe(isImported ? ON_DEMAND_MAX + 2 : 1)
      for (const nonce of shreds.values()) expect(holders(nonce)).toBe(2)
      await house.kms.scheduleKeyDeletion({ KeyId, ...WEEK })
      house.clock.addDays(7)
      expect(await refusals(blobs)).toEqual(new Set(['AccessDeniedException']))
      for (const [id, nonce] of shreds) {
        expect(await house.store.shred(id)).toBeUndefined()
        expect(holders(nonce)).toBe(0)
      }
      for (const material of materials) expect(traces(material)).toEqual([])
      house = await house.reopen()
      expect(await refusals(blobs)).toEqual(new Set(['AccessDeniedException']))
    },
  )
})

describe('imported material', () => {
  it.each([
    ['was deleted', (KeyId: string) => house.kms.deleteImportedKeyMaterial({ KeyId })],
    ['has expired', async () => house.clock.addDays(3)],
    ['was imported again', (KeyId: string) => importMaterial(house.kms, KeyId, again, validTo())],
  ])('that %s leaves no wrap that opens, while its key stays', async (_, lose) => {
    const KeyId = await newKey()
    await importMaterial(house.kms, KeyId, again, validTo())
    const own = await readKey(house.store, house.root, place(KeyId))
    const [[id, nonce]] = [...(await shredsOf(KeyId))].filter(([one]) => one !== own!.shredId) as [
      [string, Buffer],
    ]
    const { wrapped } = (await readMaterials(house.store, house.root, own!))[0]!
    expect(holders(nonce)).toBe(2)
    expect(traces(again)).toEqual([])
    await lose(KeyId)
    await house.kms.describeKey({ KeyId })
    expect(await house.store.shred(id)).toBeUndefined()
    expect(holders(nonce)).toBe(0)
    expect(traces(again)).toEqual([])
    // The journal has the wrap still, under a key that is nowhere.
    expect(holders(Buffer.from(Buffer.from(wrapped!).toString('base64').slice(0, 100)))).toBe(1)
  })

  const again = randomBytes(32)
  const validTo = () => ({ ValidTo: new Date(house.clock.time + 2 * DAY_MS) })

  it('is gone behind the next start, when the process died before it could erase the shred', async () => {
    const KeyId = await newKey()
    await importMaterial(house.kms, KeyId, randomBytes(32))
    const own = await readKey(house.store, house.root, place(KeyId))
    const [[id, nonce]] = [...(await shredsOf(KeyId))].filter(([one]) => one !== own!.shredId) as [
      [string, Buffer],
    ]
    const paths = ['shreds-a', 'shreds-b'].map((name) => join(house.store.dataDir, name))
    const before = paths.map((path) => readFileSync(path))
    await house.kms.deleteImportedKeyMaterial({ KeyId })
    await house.close()
    // As they were between the commit and the erasure.
    for (const [i, path] of paths.entries()) writeFileSync(path, before[i]!)
    expect(holders(nonce)).toBe(2)
    house = await openTestKms({ folder })
    expect(await house.store.shred(id)).toBeUndefined()
    expect(holders(nonce)).toBe(0)
    expect((await house.kms.describeKey({ KeyId })).KeyMetadata.KeyState).toBe('PendingImport')
  })

  it('is gone from a copy of the data directory that is taken later', async () => {
    const KeyId = await newKey()
    await importMaterial(house.kms, KeyId, randomBytes(32))
    const { CiphertextBlob } = await house.kms.encrypt({ KeyId, Plaintext: Buffer.from('text') })
    await house.kms.deleteImportedKeyMaterial({ KeyId })
    await house.close()
    const copy = mkdtempSync(join(tmpdir(), 'sealtrail-copy-'))
    cpSync(folder, copy, { recursive: true })
    const other = await openTestKms({ folder: copy })
    const { store, root, kms } = other
    const key = (await readKey(store, root, place(KeyId)))!
    expect((await readMaterials(store, root, key)).map(({ wrapped }) => wrapped)).toEqual([
      undefined,
    ])
    await expect(kms.decrypt({ CiphertextBlob })).rejects.toMatchObject({
      code: 'KMSInvalidStateException',
    })
    await other.close()
    rmSync(copy, { recursive: true })
    house = await openTestKms({ folder })
  })
})
