/** Who may not learns nothing: every operation × another account, an unknown key, another region. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Operation } from '../../src/aws/model.js'
import { KMS_API } from '../../src/kms/model/kms.js'
import { OPERATIONS } from '../../src/kms/operations.js'
import { accountRoot } from '../../src/service/caller.js'
import { Call } from '../../src/service/calls/call.js'
import { valuesOf } from '../../src/service/service.js'
import { ACCOUNT, caller, openTestKms, REGION, type TestKms } from '../support/kms.js'

const STRANGER = accountRoot('999999999999', REGION)
const UNKNOWN = '00000000-0000-4000-8000-000000000000'
const SOMETHING = Buffer.from('something')

let house: TestKms
let keyId: string
let blob: Uint8Array
beforeAll(async () => {
  house = await openTestKms()
  keyId = (await house.kms.createKey({})).KeyMetadata.KeyId
  const { CiphertextBlob } = await house.kms.encrypt({ KeyId: keyId, Plaintext: SOMETHING })
  blob = CiphertextBlob
})
afterAll(() => house.remove())

const arnOf = (id: string) => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`

/** An input of each operation that uses the key `arn`; the members that take a key are filled from the model. */
function inputFor(name: string, arn: string): Record<string, unknown> {
  const given: Record<string, unknown> = {
    ...{ KeyId: arn, TargetKeyId: arn, SourceKeyId: arn, DestinationKeyId: arn },
    ...{ CiphertextBlob: blob, Plaintext: SOMETHING, KeySpec: 'AES_256', NumberOfBytes: 8 },
    ...{ Message: SOMETHING, Signature: SOMETHING, Mac: SOMETHING, PublicKey: SOMETHING },
    ...{ SigningAlgorithm: 'ECDSA_SHA_256', MacAlgorithm: 'HMAC_SHA_256' },
    ...{ KeyAgreementAlgorithm: 'ECDH', KeyPairSpec: 'ECC_NIST_P256' },
    ...{ AliasName: 'alias/a', Description: 'd', Tags: [], TagKeys: [] },
    ...{ GranteePrincipal: STRANGER.identity.arn, Operations: ['Decrypt'] },
    ...{
      GrantId: 'a'.repeat(64),
      Policy: '{}',
      ReplicaRegion: 'us-east-2',
      PrimaryRegion: 'us-east-2',
    },
    ...{ WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' },
    ...{ ImportToken: SOMETHING, EncryptedKeyMaterial: SOMETHING },
    ...{ ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' },
  }
  if (name === 'GenerateDataKey' || name === 'GenerateDataKeyWithoutPlaintext') {
    delete given.NumberOfBytes
  }
  return given
}

function takesKey({ input }: Operation): boolean {
  return (
    input?.members.some(({ name }) => /^(Target|Source|Destination)?KeyId$/.test(name)) === true
  )
}

const operations = Object.keys(OPERATIONS).map((name) => KMS_API.operation(name)!)
const withKey = operations.filter(takesKey).map(({ name }) => name)
const withoutKey = operations.filter((operation) => !takesKey(operation)).map(({ name }) => name)
const door = { requestId: 'r', sourceIpAddress: '::1', userAgent: 'test' }

/** How the call of `operation` ends for a stranger. */
async function refusal(operation: string, arn: string): Promise<Error> {
  const context = { ...door, caller: STRANGER }
  const input = inputFor(operation, arn)
  return await house.service.call(operation, valuesOf(input), context).then(
    () => expect.fail(`${operation} was carried out for a stranger`),
    (error: Error) => error,
  )
}

describe('a key of another account', () => {
  it.each(withKey)('is denied to %s, in the words for one that is not there', async (operation) => {
    const denied = await refusal(operation, arnOf(keyId))
    expect(denied).toMatchObject({
      code: 'AccessDeniedException',
      message: expect.stringMatching(
        /^User: arn:aws:iam::999999999999:root is not authorized to perform: kms:\w+ on this resource because/,
      ),
    })
    expect((await refusal(operation, arnOf(UNKNOWN))).message).toBe(denied.message)
  })

  it('is as it was after all that was denied', async () => {
    const { KeyMetadata } = await house.kms.describeKey({ KeyId: keyId })
    expect(KeyMetadata).toMatchObject({ KeyState: 'Enabled', Description: '' })
    expect((await house.kms.listAliases({})).Aliases).toEqual([])
    expect((await house.kms.listResourceTags({ KeyId: keyId })).Tags).toEqual([])
  })

  it('shows in no list', async () => {
    const { kms } = { kms: house.service.as(STRANGER) }
    expect((await kms.listKeys({})).Keys).toEqual([])
    expect((await kms.listAliases({})).Aliases).toEqual([])
  })
})

describe('an operation that takes no key', () => {
  it('is one of these', () => {
    expect(withoutKey).toEqual([
      ...['ConnectCustomKeyStore', 'CreateCustomKeyStore', 'CreateKey', 'DeleteAlias'],
      ...['DeleteCustomKeyStore', 'DescribeCustomKeyStores', 'DisconnectCustomKeyStore'],
      ...['GenerateRandom', 'ListKeys', 'ListRetirableGrants', 'UpdateCustomKeyStore'],
    ])
  })
})

describe('success that nobody was asked about', () => {
  it('is our own mistake, and leaves no record', async () => {
    const facts = {
      ...{ eventSource: 'kms.amazonaws.com', internalFault: 'KMSInternalException' },
      ...{ operation: KMS_API.operation('ListKeys')!, isGlobal: false, isReadOnly: true },
    }
    const before = (await house.records()).length
    const call = new Call(facts, { ...door, caller }, house)
    await expect(call.succeed()).rejects.toThrow('nothing is done that nobody was asked about')
    call.may({ action: 'kms:ListKeys', owner: ACCOUNT })
    await call.succeed()
    expect(await house.records()).toHaveLength(before + 1)
  })
})
