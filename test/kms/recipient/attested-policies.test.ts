/** Policies that ask who the recipient of an answer is: nobody else gets one. */
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InputOf } from '../../../src/kms/model/kms.js'
import { accountRoot } from '../../../src/service/caller.js'
import { type Chain, makeChain, makeDocument, register } from '../../support/attestation.js'
import type { CborValue } from '../../support/cbor.js'
import { ACCOUNT, openTestKms, REGION, type TestKms } from '../../support/kms.js'
import { allow, deny, outcome, textOf, userWith } from '../bound.js'

type Given = NonNullable<InputOf<'Decrypt'>['Recipient']>
type Condition = Record<string, Record<string, string | readonly string[]>>

const enclave = generateKeyPairSync('rsa', { modulusLength: 2048 })
let chain: Chain
let house: TestKms
beforeAll(async () => {
  chain = makeChain(Date.UTC(2026, 0, 2, 3, 0, 0))
  house = await openTestKms({ attestationRoots: [chain.root] })
})
afterAll(() => house.remove())

const hex = (index: number) => register(index).toString('hex')
const recipient = (members: Record<string, CborValue | undefined> = {}): Given => {
  const public_key = enclave.publicKey.export({ type: 'spki', format: 'der' })
  const parts = { members: { public_key, ...members } }
  const AttestationDocument = makeDocument(chain, house.clock.now(), parts)
  return { AttestationDocument, KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }
}
const instance = () =>
  recipient({ pcrs: undefined, nitrotpm_pcrs: { pairs: [4, 7, 12].map((i) => [i, register(i)]) } })
const isWith = (name: string, ...values: string[]): Condition => ({
  StringEqualsIgnoreCase: { [`kms:RecipientAttestation:${name}`]: values },
})
/** What a user gets of a random number whose policy asks this. */
const gets = async (Condition: Condition, Recipient: Given | undefined) => {
  const user = userWith({ identity: [allow('kms:GenerateRandom', { Condition })] })
  return await outcome(house.service.as(user).generateRandom({ NumberOfBytes: 8, Recipient }))
}
const DENIED = 'AccessDeniedException'

describe('a condition on the recipient', () => {
  it.each<[string, Condition]>([
    ['the image', isWith('ImageSha384', hex(0))],
    ['the image, in capitals', isWith('imagesha384', hex(0).toUpperCase())],
    ['the image, among others', isWith('ImageSha384', hex(9), hex(0))],
    ['the first register', isWith('PCR0', hex(0))],
    ['a register', isWith('PCR8', hex(8))],
    ['a register of two digits', isWith('PCR15', hex(15))],
    [
      'several registers',
      {
        StringEquals: {
          ...isWith('PCR3', hex(3)).StringEqualsIgnoreCase,
          ...isWith('PCR4', hex(4)).StringEqualsIgnoreCase,
        },
      },
    ],
    ['that there is one', { Null: { 'kms:RecipientAttestation:ImageSha384': 'false' } }],
  ])('lets an enclave through by %s', async (_, condition) => {
    expect(await gets(condition, recipient())).toBe('done')
    expect(await gets(condition, undefined)).toBe(DENIED)
    expect(await gets(condition, instance())).toBe(DENIED)
  })

  it.each<[string, Condition]>([
    ['another image', isWith('ImageSha384', hex(1))],
    ['another register', isWith('PCR8', hex(9))],
    ['a register that it does not have', isWith('PCR16', '')],
    [
      'a register as records show it',
      { StringEquals: { 'kms:RecipientAttestation:PCR8': register(8).toString('base64') } },
    ],
    [
      'one register of two',
      {
        StringEquals: {
          'kms:RecipientAttestation:PCR3': hex(3),
          'kms:RecipientAttestation:PCR4': hex(5),
        },
      },
    ],
    ['a register that is written otherwise', isWith('PCR08', hex(8))],
    ['no register', isWith('PCR', hex(0))],
    ['nothing that is known', isWith('ModuleId', 'i-0123456789abcdef0-enc0123456789abcdef')],
    ['an instance', isWith('NitroTPMPCR4', hex(4))],
  ])('on %s does not let it through', async (_, condition) => {
    expect(await gets(condition, recipient())).toBe(DENIED)
  })

  it('lets an instance through by its registers, and no enclave', async () => {
    expect(await gets(isWith('NitroTPMPCR4', hex(4)), instance())).toBe('done')
    expect(await gets(isWith('NitroTPMPCR12', hex(12)), instance())).toBe('done')
    expect(await gets(isWith('NitroTPMPCR7', hex(4)), instance())).toBe(DENIED)
    expect(await gets(isWith('NitroTPMPCR0', hex(0)), instance())).toBe(DENIED)
    expect(await gets(isWith('PCR4', hex(4)), instance())).toBe(DENIED)
    expect(await gets(isWith('NitroTPMPCR4', hex(4)), recipient())).toBe(DENIED)
  })

  it('is not met by what a document of nobody says', async () => {
    const forged = makeDocument(makeChain(house.clock.now()), house.clock.now())
    const Recipient = { ...recipient(), AttestationDocument: forged }
    expect(await gets(isWith('ImageSha384', hex(0)), Recipient)).toBe('ValidationException')
  })
})

describe('a key policy that asks for an enclave', () => {
  const only = isWith('ImageSha384', hex(0))
  const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:root` }
  const keyWith = async (...statements: object[]) => {
    const administration = allow(
      ['kms:Encrypt', 'kms:PutKeyPolicy', 'kms:GetKeyPolicy', 'kms:CreateGrant', 'kms:DescribeKey'],
      { Principal },
    )
    const Policy = textOf(administration, ...statements)
    return (await house.kms.createKey({ Policy })).KeyMetadata.KeyId
  }
  const blobOf = async (KeyId: string) =>
    (await house.kms.encrypt({ KeyId, Plaintext: Buffer.from('text') })).CiphertextBlob
  const decrypts = (CiphertextBlob: Uint8Array, Recipient?: Given) =>
    outcome(house.kms.decrypt({ CiphertextBlob, Recipient }))

  it('lets it decrypt and make data keys, and nobody else, whoever asks', async () => {
    const uses = ['kms:Decrypt', 'kms:GenerateDataKey']
    const KeyId = await keyWith(allow(uses, { Principal, Condition: only }))
    const blob = await blobOf(KeyId)
    const generates = (Recipient?: Given) =>
      outcome(house.kms.generateDataKey({ KeyId, KeySpec: 'AES_256', Recipient }))
    const other = recipient({ pcrs: { pairs: [[0, register(1)]] } })
    for (const attempt of [(given?: Given) => decrypts(blob, given), generates]) {
      expect(await attempt(recipient())).toBe('done')
      expect(await attempt()).toBe(DENIED)
      expect(await attempt(other)).toBe(DENIED)
      expect(await attempt(recipient())).toBe('done')
    }
  })

  it('is asked each time: what one enclave may, is not remembered for others', async () => {
    const KeyId = await keyWith(allow('kms:Decrypt', { Principal, Condition: only }))
    const blob = await blobOf(KeyId)
    for (let i = 0; i < 3; i++) {
      expect(await decrypts(blob, recipient())).toBe('done')
      expect(await decrypts(blob)).toBe(DENIED)
    }
  })

  it('has no say where a grant allows, unless it denies', async () => {
    const guest = accountRoot('444455556666', REGION)
    const GranteePrincipal = guest.identity.arn
    const granted = async (KeyId: string) => {
      await house.kms.createGrant({ KeyId, GranteePrincipal, Operations: ['Decrypt'] })
      const blob = await blobOf(KeyId)
      return (Recipient?: Given) =>
        outcome(house.service.as(guest).decrypt({ CiphertextBlob: blob, Recipient }))
    }
    const open = await granted(await keyWith(allow('kms:Decrypt', { Principal, Condition: only })))
    expect(await open()).toBe('done')
    expect(await open(recipient())).toBe('done')
    const StringNotEqualsIgnoreCase = only.StringEqualsIgnoreCase!
    const Condition = { StringNotEqualsIgnoreCase }
    const shut = await granted(await keyWith(deny('kms:Decrypt', { Principal: '*', Condition })))
    expect(await shut()).toBe(DENIED)
    expect(await shut(recipient())).toBe('done')
  })

  it('and denies the record nothing: who is denied is not shown as a recipient', async () => {
    const KeyId = await keyWith(allow('kms:Decrypt', { Principal, Condition: only }))
    const blob = await blobOf(KeyId)
    await decrypts(blob, recipient({ pcrs: { pairs: [[0, register(1)]] } }))
    const record = (await house.records({ eventName: 'Decrypt' })).at(-1)!
    expect(record.errorCode).toBe('AccessDenied')
    expect(record.additionalEventData).toBeUndefined()
  })
})
