/** Keys of curves that were imported with another writing of their point in the id of their material. */
import { createPublicKey, ECDH, generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BIT_STRING, element, elementsOf, SEQUENCE } from '../../../src/bytes/der.js'
import { putMaterial, readMaterials } from '../../../src/kms/keys/material-rows.js'
import { readKey } from '../../../src/kms/keys/rows.js'
import { importMaterial } from '../../support/importing.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../../support/kms.js'

const KEY_WRAP = { algorithm: 'RSA_AES_KEY_WRAP_SHA_256' } as const
const CURVES = [
  ['ECC_NIST_P256', 'prime256v1'],
  ['ECC_NIST_P521', 'secp521r1'],
  ['ECC_SECG_P256K1', 'secp256k1'],
] as const

let house: TestKms
beforeEach(async () => {
  house = await openTestKms()
})
afterEach(() => house.remove())

function pairOf(namedCurve: string) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve })
  const material = privateKey.export({ format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return { material, spki }
}

/** None unused, and the point. */
function bitsOf(spki: Uint8Array): Uint8Array {
  return elementsOf(elementsOf(spki)[0]!.content)[1]!.content
}

/** The same key, as node:crypto shows one that came so. */
function withPoint(spki: Uint8Array, curve: string, form: 'compressed' | 'hybrid'): Uint8Array {
  const [algorithm] = elementsOf(elementsOf(spki)[0]!.content)
  const point = ECDH.convertKey(bitsOf(spki).subarray(1), curve, undefined, undefined, form)
  const named = element(SEQUENCE, algorithm!.content)
  return element(SEQUENCE, named, element(BIT_STRING, Buffer.of(0), point as Buffer))
}

/** Material that is gone, as it was told by the public key `told`. */
async function tellBy(keyId: string, told: Uint8Array): Promise<string> {
  const { store, root } = house
  const key = (await readKey(store, root, { account: ACCOUNT, region: REGION, keyId }))!
  const [material] = await readMaterials(store, root, key)
  const context = { 'sealtrail:account': ACCOUNT, 'sealtrail:key-id': keyId }
  const materialId = root.materialId(context, told)
  await store.commit({ changes: [putMaterial(root, key, { ...material!, materialId })] })
  house = await house.reopen()
  return materialId
}

async function keyWithout(KeySpec: (typeof CURVES)[number][0], material: Uint8Array) {
  const { KeyMetadata } = await house.kms.createKey({
    ...{ KeySpec, KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL' },
  })
  const { KeyId } = KeyMetadata
  await importMaterial(house.kms, KeyId, material, {}, KEY_WRAP)
  await house.kms.deleteImportedKeyMaterial({ KeyId })
  return KeyId
}

describe.each(CURVES)('material of %s that is gone', (KeySpec, curve) => {
  it.each(['compressed', 'hybrid'] as const)(
    'comes back though its id is of its point %s',
    async (form) => {
      const { material, spki } = pairOf(curve)
      const KeyId = await keyWithout(KeySpec, material)
      const former = await tellBy(KeyId, withPoint(spki, curve, form))
      const { KeyMaterialId } = await importMaterial(house.kms, KeyId, material, {}, KEY_WRAP)
      expect(KeyMaterialId).toBe(former)
      const { PublicKey } = await house.kms.getPublicKey({ KeyId })
      expect(Buffer.from(PublicKey)).toEqual(spki)
    },
  )

  it('is that of no key with the other half of its point', async () => {
    const { material, spki } = pairOf(curve)
    const KeyId = await keyWithout(KeySpec, material)
    const former = Buffer.from(withPoint(spki, curve, 'compressed'))
    // 02 and 03 are above and below.
    const sign = former.length - bitsOf(spki).length / 2
    expect(former[sign]! >> 1).toBe(1)
    former[sign]! ^= 1
    await tellBy(KeyId, former)
    const again = importMaterial(house.kms, KeyId, material, {}, KEY_WRAP)
    await expect(again).rejects.toMatchObject({ code: 'IncorrectKeyMaterialException' })
  })
})
