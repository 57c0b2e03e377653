/** The official AWS Encryption SDK, with its KMS keyring pointed at our server, both ways. */
import {
  buildClient,
  CommitmentPolicy,
  getClient,
  KMS,
  KmsKeyringNode,
  type KmsKeyringNodeInput,
} from '@aws-crypto/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Listening, openSealtrail, type Sealtrail } from '../../src/index.js'
import { ACCESS_KEY, ACCOUNT, find, REGION } from '../support/http.js'
import { temporaryFolder } from '../support/serve.js'

const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const encryptionContext = { tenant: 'acme', purpose: 'logs' }
const plain = Buffer.alloc(200_000, 'both ways ')

const folder = temporaryFolder('encryption-sdk')
let sealtrail: Sealtrail
let server: Listening
let keyArn: string
let keyring: KmsKeyringNode

beforeAll(async () => {
  const options = { dataDir: `${folder.path}/data`, account: ACCOUNT, region: REGION }
  sealtrail = await openSealtrail(options)
  server = await sealtrail.listen({ port: 0, find })
  keyArn = (await sealtrail.kms.createKey({})).KeyMetadata.Arn
  // The types of its KMS client are those of an older AWS SDK than ours; the client itself fits.
  const clientProvider = getClient(KMS as never, {
    endpoint: server.url,
    credentials: ACCESS_KEY,
  }) as NonNullable<KmsKeyringNodeInput['clientProvider']>
  keyring = new KmsKeyringNode({ generatorKeyId: keyArn, clientProvider })
})
afterAll(async () => {
  await server.close()
  await sealtrail.close()
  folder.remove()
})

describe('the AWS Encryption SDK', () => {
  it('opens what we seal', async () => {
    const sealed = await sealtrail.seal(plain, { keyId: keyArn, encryptionContext })
    const { plaintext, messageHeader } = await decrypt(keyring, sealed)
    expect(plaintext.equals(plain)).toBe(true)
    expect({ ...messageHeader.encryptionContext }).toEqual(encryptionContext)
  })

  it.each([4096, 65_536, 100_000, 200_000])(
    'seals with frames of %i what we open',
    async (frameLength) => {
      const { result } = await encrypt(keyring, plain, { encryptionContext, frameLength })
      const opened = await sealtrail.open(result, { encryptionContext })
      expect(Buffer.from(opened).equals(plain)).toBe(true)
    },
  )

  it('is refused when the context is not what we ask for', async () => {
    const { result } = await encrypt(keyring, plain, { encryptionContext })
    await expect(
      sealtrail.open(result, { encryptionContext: { tenant: 'other' } }),
    ).rejects.toThrow()
  })
})
