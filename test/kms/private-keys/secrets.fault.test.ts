/** Secrets that are answered: wiped when they are sent, and when they are not, as no record of them could be kept. */
import { generateKeyPairSync } from 'node:crypto'
import {
  CreateKeyCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncryptCommand,
  GenerateDataKeyPairCommand,
  KMSClient,
} from '@aws-sdk/client-kms'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { SealtrailError } from '../../../src/errors.js'
import type { KmsService } from '../../../src/kms/kms.js'
import type { Store } from '../../../src/store/store.js'
import { ACCESS_KEY, REGION, startTestServer } from '../../support/http.js'
import { openTestKms, storeLike, type TestKms } from '../../support/kms.js'

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const PublicKey = publicKey.export({ format: 'der', type: 'spki' })
const Plaintext = Buffer.from('a secret')
const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
const AGREEING = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' } as const
const ENCRYPTING = { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' } as const

let house: TestKms | undefined
afterEach(async () => {
  vi.restoreAllMocks()
  await house?.remove()
  house = undefined
})

const isWiped = (bytes: Uint8Array) => bytes.every((byte) => byte === 0)

function openOn(disk: { readonly isBroken: boolean }): Promise<TestKms> {
  return openTestKms({
    wrapStore: (real: Store) => ({
      ...storeLike(real),
      async commit(entry) {
        if (disk.isBroken) throw new SealtrailError('StoreFailed', 'the disk is broken')
        return await real.commit(entry)
      },
    }),
  })
}

describe('a secret in an answer', () => {
  it('is wiped when it was sent', async () => {
    house = await openTestKms()
    const { service } = house
    const answers: Array<Record<string, unknown>> = []
    const watched: KmsService = {
      ...service,
      async call(...asked) {
        const answer = (await service.call(...asked)) as Record<string, unknown>
        answers.push(answer)
        return answer
      },
    }
    const server = await startTestServer(watched)
    const client = new KMSClient({
      ...{ endpoint: server.url, region: REGION, credentials: ACCESS_KEY, maxAttempts: 1 },
    })
    const newKey = async (kind: typeof AGREEING | typeof ENCRYPTING | object) =>
      (await client.send(new CreateKeyCommand(kind))).KeyMetadata!.KeyId!
    const pair = await client.send(
      new GenerateDataKeyPairCommand({ KeyId: await newKey({}), KeyPairSpec: 'ECC_NIST_P256' }),
    )
    const KeyId = await newKey(AGREEING)
    const agreed = await client.send(
      new DeriveSharedSecretCommand({ KeyId, PublicKey, KeyAgreementAlgorithm: 'ECDH' }),
    )
    const use = { KeyId: await newKey(ENCRYPTING), EncryptionAlgorithm } as const
    const { CiphertextBlob } = await client.send(new EncryptCommand({ ...use, Plaintext }))
    const opened = await client.send(new DecryptCommand({ ...use, CiphertextBlob }))
    client.destroy()
    await server.close()

    const got = [pair.PrivateKeyPlaintext, agreed.SharedSecret, opened.Plaintext]
    expect(got.map((bytes) => isWiped(bytes!))).toEqual([false, false, false])
    const secrets = answers.flatMap((answer) =>
      ['PrivateKeyPlaintext', 'SharedSecret', 'Plaintext'].flatMap((name) => answer[name] ?? []),
    )
    expect(secrets.map((bytes) => isWiped(bytes as Uint8Array))).toEqual([true, true, true])
  })

  it('is wiped, and nobody gets it, when no record of it can be kept', async () => {
    const disk = { isBroken: false }
    house = await openOn(disk)
    const { kms } = house
    const newKey = async (kind: object) => (await kms.createKey(kind)).KeyMetadata.KeyId
    const own = await newKey({})
    const KeyId = await newKey(AGREEING)
    const use = { KeyId: await newKey(ENCRYPTING), EncryptionAlgorithm } as const
    const { CiphertextBlob } = await kms.encrypt({ ...use, Plaintext })

    const { privateKeys } = house.engines.small
    const made: Array<Uint8Array | undefined> = []
    for (const name of ['exportKey', 'agree', 'decrypt'] as const) {
      const real = privateKeys[name] as (...given: unknown[]) => Uint8Array | undefined
      vi.spyOn(privateKeys, name).mockImplementation(((...given: unknown[]) => {
        const bytes = real(...given)
        made.push(bytes)
        return bytes
      }) as never)
    }
    disk.isBroken = true
    const failed = { code: 'StoreFailed' }
    await expect(
      kms.generateDataKeyPair({ KeyId: own, KeyPairSpec: 'ECC_NIST_P256' }),
    ).rejects.toMatchObject(failed)
    await expect(
      kms.deriveSharedSecret({ KeyId, PublicKey, KeyAgreementAlgorithm: 'ECDH' }),
    ).rejects.toMatchObject(failed)
    await expect(kms.decrypt({ ...use, CiphertextBlob })).rejects.toMatchObject(failed)
    disk.isBroken = false
    expect(made.map((bytes) => isWiped(bytes!))).toEqual([true, true, true])
  })

  it('does not come of a key that no record tells of', async () => {
    const disk = { isBroken: false }
    house = await openOn(disk)
    disk.isBroken = true
    await expect(house.kms.createKey(AGREEING)).rejects.toMatchObject({ code: 'StoreFailed' })
    disk.isBroken = false
    expect((await house.kms.listKeys({})).Keys).toEqual([])
  })
})
