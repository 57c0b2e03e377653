/** Records of keys of other kinds beside those that AWS documents: the same parameters, and nothing more. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Kms } from '../../../src/kms/kms.js'
import { openTestKms, type TestKms } from '../../support/kms.js'

type Input = Parameters<Kms['createKey']>[0]

const Message = Buffer.from('message')
const SigningAlgorithm = 'RSASSA_PKCS1_V1_5_SHA_256'
const SIGNING = { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' } as const
const macKey = (KeySpec: 'HMAC_384' | 'HMAC_512') => {
  return { KeySpec, KeyUsage: 'GENERATE_VERIFY_MAC' } as const
}

/** The file of AWS's record, a key for such a call, and the call. */
const CALLS: Array<
  [file: string, kind: Input, call: (kms: Kms, KeyId: string) => Promise<unknown>]
> = [
  ['sign', SIGNING, (kms, KeyId) => kms.sign({ KeyId, Message, SigningAlgorithm })],
  [
    ...(['verify', SIGNING] as const),
    async (kms, KeyId) => {
      const use = { KeyId, Message, SigningAlgorithm } as const
      const { Signature } = await kms.sign(use)
      await kms.verify({ ...use, Signature })
    },
  ],
  [
    ...(['generatemac', macKey('HMAC_512')] as const),
    (kms, KeyId) => kms.generateMac({ KeyId, Message, MacAlgorithm: 'HMAC_SHA_512' }),
  ],
  [
    ...(['verifymac', macKey('HMAC_384')] as const),
    async (kms, KeyId) => {
      const use = { KeyId, Message, MacAlgorithm: 'HMAC_SHA_384' } as const
      const { Mac } = await kms.generateMac(use)
      await kms.verifyMac({ ...use, Mac })
    },
  ],
  [
    ...(['generatedatakeypair', {}] as const),
    (kms, KeyId) => {
      const EncryptionContext = { Project: 'Alpha' }
      return kms.generateDataKeyPair({ KeyId, KeyPairSpec: 'RSA_3072', EncryptionContext })
    },
  ],
  [
    ...(['generatedatakeypairwithoutplaintext', {}] as const),
    (kms, KeyId) => {
      const input = { KeyId, KeyPairSpec: 'RSA_4096', EncryptionContext: { Index: '5' } } as const
      return kms.generateDataKeyPairWithoutPlaintext(input)
    },
  ],
]

let house: TestKms
beforeAll(async () => {
  house = await openTestKms()
})
afterAll(() => house.remove())

describe('a record', () => {
  it.each(CALLS)('has the parameters of AWS’s in %s.json', async (file, kind, call) => {
    const [theirs] = JSON.parse(readFileSync(`test/data/kms-records/${file}.json`, 'utf8'))
    const { Arn } = (await house.kms.createKey(kind)).KeyMetadata
    await call(house.kms, Arn)
    const [ours] = (await house.records()).slice(-1)
    const { eventName, readOnly, responseElements, requestParameters } = theirs
    expect(ours).toMatchObject({ eventName, readOnly, responseElements })
    expect(ours!.requestParameters).toEqual({ ...requestParameters, keyId: Arn })
    expect(ours!.resources).toMatchObject([{ ARN: Arn }])
  })

  it('of a signature that does not verify has the error, and no message', async () => {
    const { Arn } = (await house.kms.createKey(SIGNING)).KeyMetadata
    const input = { KeyId: Arn, Message, SigningAlgorithm, Signature: Buffer.of(1) } as const
    await expect(house.kms.verify(input)).rejects.toMatchObject({
      code: 'KMSInvalidSignatureException',
    })
    const [record] = (await house.records({ eventName: 'Verify' })).slice(-1)
    expect(record).toMatchObject({ errorCode: 'KMSInvalidSignatureException' })
    expect(record).not.toHaveProperty('errorMessage')
  })

  it('counts as the last use of the key', async () => {
    const { Arn } = (await house.kms.createKey(SIGNING)).KeyMetadata
    await house.kms.sign({ KeyId: Arn, Message, SigningAlgorithm })
    await house.kms.getPublicKey({ KeyId: Arn })
    expect(await house.kms.getKeyLastUsage({ KeyId: Arn })).toMatchObject({
      KeyLastUsage: { Operation: 'Sign' },
    })
  })
})
