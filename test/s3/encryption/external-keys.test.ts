/** Objects under KMS keys that are in an external key store: read through its proxy, and not without it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRoot } from '../../../src/root/root.js'
import { inspectSealed } from '../../../src/s3/fsck/inspect-sealed.js'
import { accountRoot } from '../../../src/service/caller.js'
import { withClosedStore } from '../../../src/store/fsck/closed-store.js'
import { startProxy, type TestProxy, waysTo } from '../../kms/xks/proxy.js'
import { connect, disconnect, newKey, STORE } from '../../kms/xks/store-house.js'
import { ACCOUNT, REGION } from '../../support/kms.js'
import { ObjectsHouse } from '../objects-house.js'

const folder = mkdtempSync(join(tmpdir(), 'sealtrail-external-'))
const UNAVAILABLE = 'KMS.KMSInvalidStateException'

let proxy: TestProxy
let house: ObjectsHouse
beforeAll(async () => {
  proxy = await startProxy()
  house = await ObjectsHouse.open({ folder, proxies: () => waysTo(proxy.url) })
})
afterAll(async () => {
  await proxy.stop()
  rmSync(folder, { recursive: true })
})

describe('an object under an external key', () => {
  it('is read as long as the store is connected, and looked at in part by whoever has no proxy', async () => {
    const kms = house.kms.service.as(accountRoot(ACCOUNT, REGION))
    const { CustomKeyStoreId: storeId } = await kms.createCustomKeyStore(STORE)
    await connect(kms, storeId)
    const { KeyId } = await newKey(kms, storeId)
    const bucket = await house.bucket()
    const under = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyId }
    await house.put(bucket, 'direct', 'text', under)
    await house.put(bucket, 'bucket key', 'text', { ...under, BucketKeyEnabled: true })
    expect(await house.text(bucket, 'direct')).toBe('text')
    expect(await house.text(bucket, 'bucket key')).toBe('text')
    await disconnect(kms, storeId)
    expect(await house.code('GetObject', { Bucket: bucket, Key: 'direct' })).toBe(UNAVAILABLE)
    const late = { Bucket: bucket, Key: 'late', Body: 'text', ...under }
    expect(await house.code('PutObject', late)).toBe(UNAVAILABLE)
    const { small } = house.kms.engines
    const { engines } = house.kms
    const { dataDir } = house.kms.store
    await house.s3.close()
    await house.blobs.close()
    await house.kms.close()
    const root = await openRoot({ kind: 'file', path: join(folder, 'root-key') }, small)
    const report = await withClosedStore(dataDir, (store) =>
      inspectSealed({ store, root, engines }, () => undefined),
    )
    root.release()
    expect(report).toMatchObject({ objects: 2, damage: [], unopened: { external: 2, deleted: 0 } })
  })
})
