/**
 * The bytes of docs/FORMAT.md §4.5: wraps that exist must open for ever.
 *
 * All are of the data key e0 e1 … ff for one object. pyca/cryptography 48 opens them too, by the text of the format alone.
 */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Engine, KeyHandle } from '../../../src/engine/engine.js'
import { openRoot } from '../../../src/root/root.js'
import { WrappingKey } from '../../../src/root/wrapping-key.js'
import {
  intermediateKey,
  objectContext,
  partsOf,
  unwrapWith,
  wrapContext,
  wrapUnder,
} from '../../../src/s3/encryption/wraps.js'
import { eachEngine } from '../../support/engines.js'
import { temporaryFolder } from '../../support/serve.js'
import { bucketOf } from './house.js'

const ascending = (first: number) => Uint8Array.from({ length: 32 }, (_, i) => first + i)
const DATA_KEY = ascending(0xe0)
/** 00 01 … 1f, as a root key file. */
const KEY_FILE =
  '7365616c726f6f7400000001000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fe97bf079'
const CONTEXT = wrapContext(bucketOf(), objectContext(bucketOf(), 'a/b'))
const ARN = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

const OBJECT =
  '6f626a6b01010000af10bd45faf3ebceea130274bfecc87f57b3221aedba021c50392e504294e08f0a1f308d8dfc103753fc6e81f368ec0968d861b0c396114ceacdc97a0678a2445a8fe9861def156a57745d906d101ed7093f50f28299910fe66dea0962146f4fde828bbff8332eb7625b36084515e9d2d8499d5e57b301ea'
/** Under 40 41 … 5f. */
const CUSTOMER =
  '63757374010100008deb8147222fa5e506afb3fdb072fc77d026525164f5c442e9445dcdd555ab2726520f256de923acd68db16a41b79582deecca55a5814a5832ecf451a7b29468910cd05927872713990cb95736b3cd52e370047a3b67742ebe05dae5c9f9733c1302375cf7ba1e436c2afc3e7fc79768dd24cbf3c02deeac'
/** Stands for a CiphertextBlob of the intermediate key 80 81 … 9f. */
const BLOB = Buffer.from(
  `01010000000000011234abcd12ab34cd56ef1234567890ab${'11'.repeat(104)}`,
  'hex',
)
const INTERMEDIATE =
  '6b6d736b01010000e42a2cf38b90b4792ba8d1143f84cb30424cc0e17d427e926f01df952e6c1888ff0f74a3e2317dcc710875f7bbf5f84d05e76ea7cb4fec77a9ff403b65d352839e1300c583cbb66880a2be9f0ab4e71a479b17a7f7b465a254be969f80579422fdd28caf1fc3f0a8997b2f0a3669ff197ea4567a4a5454fe'

function expectDataKey(engine: Engine, opened: KeyHandle): void {
  const nonce = new Uint8Array(24)
  const wanted = engine.importKey(DATA_KEY)
  expect(engine.xaesCommitment(opened, nonce)).toEqual(engine.xaesCommitment(wanted, nonce))
  for (const handle of [opened, wanted]) handle.release()
}

describe.each(eachEngine)('the wrapped data key of an object on the $name engine', ({ engine }) => {
  it('opens under the object key of the root', async () => {
    const folder = temporaryFolder('wraps')
    const path = join(folder.path, 'root-key')
    writeFileSync(path, Buffer.from(KEY_FILE, 'hex'), { mode: 0o600 })
    const root = await openRoot({ kind: 'file', path }, engine)
    expectDataKey(engine, unwrapWith(root.objectKey, Buffer.from(OBJECT, 'hex'), CONTEXT))
    root.release()
    folder.remove()
  })

  it('opens under the key of a customer', () => {
    const key = ascending(0x40)
    const md5 = createHash('md5').update(key).digest()
    const wrapping = new WrappingKey(engine, engine.importKey(key), 'customer', md5)
    expectDataKey(engine, unwrapWith(wrapping, Buffer.from(CUSTOMER, 'hex'), CONTEXT))
    wrapping.release()
  })

  it('opens under an intermediate key, and is written so', () => {
    const key = intermediateKey(engine, engine.importKey(ascending(0x80)), ARN, BLOB)
    const wrap = {
      providerId: 'sealtrail-kms',
      providerInfo: Buffer.from(ARN),
      ciphertext: Buffer.concat([BLOB, Buffer.from(INTERMEDIATE, 'hex')]),
    }
    const parts = partsOf(wrap)
    expect(BLOB.equals(parts.blob)).toBe(true)
    expectDataKey(engine, unwrapWith(key.wrapping, parts.wrapped, CONTEXT))
    const dataKey = engine.importKey(DATA_KEY)
    const written = wrapUnder(key, dataKey, CONTEXT)
    expect({ ...written, ciphertext: written.ciphertext.length }).toEqual({
      ...{ ...wrap, ciphertext: 256 },
    })
    expect(
      Buffer.from(written.ciphertext).subarray(0, 152).equals(wrap.ciphertext.subarray(0, 152)),
    ).toBe(true)
    dataKey.release()
    key.wrapping.release()
  })
})
