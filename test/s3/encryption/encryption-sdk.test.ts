/** The official AWS Encryption SDK, with its KMS keyring pointed at our server, opens objects as they lie in the store. */
import {
  buildClient,
  CommitmentPolicy,
  getClient,
  KMS,
  KmsKeyringNode,
  type KmsKeyringNodeInput,
} from '@aws-crypto/client-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealMessage } from '../../../src/message/seal.js'
import type { SseMembers } from '../../../src/s3/encryption/wanted.js'
import { ACCESS_KEY, startTestServer, type TestServer } from '../../support/http.js'
import { bucketOf, type House, openHouse } from './house.js'

const { decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const plain = Buffer.alloc(200_000, 'as it lies ')

let house: House
let server: TestServer
let keyArn: string
beforeAll(async () => {
  house = await openHouse()
  keyArn = (await house.kms.createKey({})).KeyMetadata.Arn
  server = await startTestServer(house.service)
})
afterAll(async () => {
  await server.close()
  await house.remove()
})

function keyring() {
  // The types of its KMS client are those of an older AWS SDK than ours; the client itself fits.
  const clientProvider = getClient(KMS as never, {
    endpoint: server.url,
    credentials: ACCESS_KEY,
  }) as NonNullable<KmsKeyringNodeInput['clientProvider']>
  return new KmsKeyringNode({ keyIds: [keyArn], clientProvider })
}

async function sealed(members: SseMembers): Promise<Buffer> {
  return await house.putWith(members, { bucket: bucketOf() }, (engine, sealing) => {
    const { dataKey, encryptionContext, encryptedDataKeys } = sealing
    const parts = { encryptionContext, encryptedDataKeys, frameBytes: 65_536 }
    return Buffer.from(sealMessage(engine, dataKey, parts, plain))
  })
}

const kms = { ServerSideEncryption: 'aws:kms' }

describe('the AWS Encryption SDK', () => {
  it('opens an object under SSE-KMS, with its context', async () => {
    const SSEKMSEncryptionContext = Buffer.from('{"team":"blue"}').toString('base64')
    const object = await sealed({ ...kms, SSEKMSKeyId: keyArn, SSEKMSEncryptionContext })
    const { plaintext, messageHeader } = await decrypt(keyring(), object)
    expect(plaintext.equals(plain)).toBe(true)
    expect({ ...messageHeader.encryptionContext }).toEqual({
      ...{ team: 'blue', 'aws:s3:arn': 'arn:aws:s3:::logs/a/b' },
    })
  })

  it.each<[string, SseMembers]>([
    ['SSE-S3', {}],
    ['a bucket key', { ...kms, BucketKeyEnabled: true }],
  ])('reads an object under %s, and finds no wrap of its own', async (_, members) => {
    const given = members.BucketKeyEnabled ? { SSEKMSKeyId: keyArn } : {}
    const object = await sealed({ ...members, ...given })
    await expect(decrypt(keyring(), object)).rejects.toThrow(/unencryptedDataKey has not been set/)
  })
})
