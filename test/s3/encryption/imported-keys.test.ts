/** Objects under KMS keys of imported material: what was under material that has gone waits for it, and is no damage. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRoot } from '../../../src/root/root.js'
import { inspectSealed } from '../../../src/s3/fsck/inspect-sealed.js'
import { accountRoot } from '../../../src/service/caller.js'
import { withClosedStore } from '../../../src/store/fsck/closed-store.js'
import { importMaterial } from '../../support/importing.js'
import { ACCOUNT, REGION } from '../../support/kms.js'
import { ObjectsHouse } from '../objects-house.js'

const folder = mkdtempSync(join(tmpdir(), 'sealtrail-imported-'))
const GONE = 'KMS.KMSInvalidStateException'

let house: ObjectsHouse
beforeAll(async () => {
  house = await ObjectsHouse.open({ folder })
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('an object under imported material that was deleted', () => {
  it('is not read, until the material is imported again; fsck says so, and opens what it can', async () => {
    const kms = house.kms.service.as(accountRoot(ACCOUNT, REGION))
    const { KeyId } = (await kms.createKey({ Origin: 'EXTERNAL' })).KeyMetadata
    const first = randomBytes(32)
    const { KeyMaterialId } = await importMaterial(kms, KeyId, first)
    const bucket = await house.bucket()
    const under = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyId }
    await house.put(bucket, 'direct', 'text', under)
    await house.put(bucket, 'bucket key', 'text', { ...under, BucketKeyEnabled: true })
    await importMaterial(kms, KeyId, randomBytes(32), { ImportType: 'NEW_KEY_MATERIAL' })
    await kms.rotateKeyOnDemand({ KeyId })
    await house.put(bucket, 'later', 'text', under)
    await kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId })
    for (const Key of ['direct', 'bucket key', 'later']) {
      expect(await house.code('GetObject', { Bucket: bucket, Key })).toBe(GONE)
    }
    await importMaterial(kms, KeyId, first)
    for (const key of ['direct', 'bucket key', 'later']) {
      expect(await house.text(bucket, key)).toBe('text')
    }
    await kms.deleteImportedKeyMaterial({ KeyId, KeyMaterialId })
    const { engines } = house.kms
    const { dataDir } = house.kms.store
    await house.s3.close()
    await house.blobs.close()
    await house.kms.close()
    const root = await openRoot({ kind: 'file', path: join(folder, 'root-key') }, engines.small)
    const report = await withClosedStore(dataDir, (store) =>
      inspectSealed({ store, root, engines }, () => undefined),
    )
    root.release()
    const unopened = { awaited: 2, deleted: 0 }
    expect(report).toMatchObject({ objects: 3, bytes: 4, damage: [], unopened })
  })
})
