/** The official AWS Encryption SDK, with its KMS keyring pointed at our server, both ways. */
import {
  buildClient,
  CommitmentPolicy,
  getKmsClient,
  KmsKeyringNode,
} from '@aws-crypto/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from '../support/serve.js'

const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const encryptionContext = { tenant: 'acme', purpose: 'logs' }
const plain = Buffer.alloc(200_000, 'both ways ')

let served: Served
let keyArn: string
let keyring: KmsKeyringNode

beforeAll(async () => {
  served = await serve()
  const { KeyMetadata } = await served.sealtrail.kms.createKey({})
  keyArn = KeyMetadata.Arn
  keyring = new KmsKeyringNode({
    generatorKeyId: keyArn,
    clientProvider: (region) =>
      getKmsClient(region, { endpoint: served.url, credentials: served.credentials }),
  })
})
afterAll(() => served.close())

describe('the AWS Encryption SDK', () => {
  it('opens what we seal', async () => {
    const sealed = await served.sealtrail.seal(plain, { keyId: keyArn, encryptionContext })
    const { plaintext, messageHeader } = await decrypt(keyring, sealed)
    expect(plaintext.equals(plain)).toBe(true)
    expect({ ...messageHeader.encryptionContext }).toEqual(encryptionContext)
  })

  it.each([4096, 65_536, 100_000, 200_000])(
    'seals with frames of %i what we open',
    async (frameLength) => {
      const { result } = await encrypt(keyring, plain, { encryptionContext, frameLength })
      const opened = await served.sealtrail.open(result, { encryptionContext })
      expect(Buffer.from(opened).equals(plain)).toBe(true)
    },
  )

  it('is refused when the context is not what we ask for', async () => {
    const { result } = await encrypt(keyring, plain, { encryptionContext })
    await expect(
      served.sealtrail.open(result, { encryptionContext: { tenant: 'other' } }),
    ).rejects.toThrow()
  })
})
