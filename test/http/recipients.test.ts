/** Recipients by way of AWS's own JavaScript client, against a house that trusts a root of its own. */
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  KMSClient,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCredentials } from '../../src/iam/credentials-file.js'
import { openSealtrail, type Sealtrail } from '../../src/index.js'
import type { Listening } from '../../src/listen.js'
import { type Chain, makeChain, makeDocument } from '../support/attestation.js'
import { makeCertificate } from '../support/certificate.js'
import { openCms } from '../support/cms.js'
import { readCredentials, startServer, temporaryFolder } from '../support/serve.js'

const folder = temporaryFolder('recipients')
const at = (name: string) => join(folder.path, name)
const enclave = generateKeyPairSync('rsa', { modulusLength: 2048 })
const text = Buffer.from('a text for an enclave')

let chain: Chain
let house: Sealtrail
let port: Listening
let client: KMSClient
let KeyId: string

function clientOf(endpoint: string, dataDir: string): KMSClient {
  const credentials = readCredentials(dataDir)
  return new KMSClient({ endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 })
}

beforeAll(async () => {
  chain = makeChain(Date.now())
  writeFileSync(at('root.pem'), chain.rootPem)
  const region = 'eu-central-1'
  house = await openSealtrail({ dataDir: at('data'), region, attestationRoot: at('root.pem') })
  await loadCredentials(at('data'), '000000000000')
  port = await house.listen({ port: 0 })
  client = clientOf(port.url, at('data'))
  KeyId = (await house.kms.createKey({})).KeyMetadata.KeyId
})
afterAll(async () => {
  client.destroy()
  await house.close()
  folder.remove()
})

const recipient = (own = chain) => {
  const public_key = enclave.publicKey.export({ type: 'spki', format: 'der' })
  return {
    AttestationDocument: makeDocument(own, Date.now(), { members: { public_key } }),
    KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256' as const,
  }
}
const opened = (bytes: Uint8Array | undefined) => openCms(bytes!, enclave.privateKey)
const refused = {
  name: 'ValidationException',
  message:
    'The attestation document is not valid: its certificates do not begin with a trusted root.',
}

describe('a client in an enclave', () => {
  it('gets what it decrypts, and nobody on the way reads it', async () => {
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: text }))
    const answer = await client.send(new DecryptCommand({ CiphertextBlob, Recipient: recipient() }))
    expect(answer.Plaintext).toBeUndefined()
    expect(opened(answer.CiphertextForRecipient)).toEqual(text)
  })

  it('gets random bytes', async () => {
    const input = { NumberOfBytes: 48, Recipient: recipient() }
    const answer = await client.send(new GenerateRandomCommand(input))
    expect(answer.Plaintext).toBeUndefined()
    expect(opened(answer.CiphertextForRecipient)).toHaveLength(48)
  })

  it('gets each data key sealed, whatever calls without a recipient were repeated meanwhile', async () => {
    const plain = { KeyId, KeySpec: 'AES_256' } as const
    for (let i = 0; i < 5; i++) {
      const open = await client.send(new GenerateDataKeyCommand(plain))
      expect(open.Plaintext).toHaveLength(32)
      const { CiphertextBlob } = open
      const again = await client.send(new DecryptCommand({ CiphertextBlob }))
      expect(again.Plaintext).toEqual(open.Plaintext)
      const asked = { ...plain, Recipient: recipient() }
      const sealed = await client.send(new GenerateDataKeyCommand(asked))
      expect(sealed.Plaintext).toBeUndefined()
      expect(opened(sealed.CiphertextForRecipient)).toHaveLength(32)
      const Recipient = recipient()
      const back = await client.send(new DecryptCommand({ CiphertextBlob, Recipient }))
      expect(back.Plaintext).toBeUndefined()
      expect(opened(back.CiphertextForRecipient)).toEqual(Buffer.from(open.Plaintext!))
    }
  })

  it('is refused when its document leads back to another root', async () => {
    const input = {
      KeyId,
      KeySpec: 'AES_256',
      Recipient: recipient(makeChain(Date.now())),
    } as const
    await expect(client.send(new GenerateDataKeyCommand(input))).rejects.toMatchObject(refused)
  })
})

describe('the setting of trusted roots', () => {
  it('is that of the served house, too', async () => {
    const server = await startServer(at('served'), { args: ['--attestation-root', at('root.pem')] })
    const own = clientOf(server.url, at('served'))
    try {
      const input = { NumberOfBytes: 8, Recipient: recipient() }
      const { CiphertextForRecipient } = await own.send(new GenerateRandomCommand(input))
      expect(opened(CiphertextForRecipient)).toHaveLength(8)
    } finally {
      own.destroy()
      await server.stop()
    }
  })

  it('is AWS’s root alone unless given, and several where the file has them', async () => {
    const other = makeChain(Date.now())
    writeFileSync(at('roots.pem'), `of tests\n${other.rootPem}\n${chain.rootPem}`)
    const random = async (options: { attestationRoot?: string }, own: Chain) => {
      const opened = await openSealtrail({ dataDir: at('other'), ...options })
      const input = { NumberOfBytes: 8, Recipient: recipient(own) }
      return await opened.kms.generateRandom(input).finally(() => opened.close())
    }
    await expect(random({}, chain)).rejects.toMatchObject({ message: refused.message })
    const attestationRoot = at('roots.pem')
    for (const own of [chain, other]) {
      expect(await random({ attestationRoot }, own)).toHaveProperty('CiphertextForRecipient')
    }
  })

  it.each([
    ['is missing', () => undefined],
    ['holds no certificate in PEM', () => 'text'],
    ['holds no certificate in PEM', () => chain.bundle[0]!],
    ['holds a certificate that may not issue others', () => makeCertificate().cert],
    [
      'holds a certificate that cannot be used',
      () => chain.rootPem.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA'),
    ],
    ['has more than 65536 bytes', () => 'x'.repeat(65_537)],
  ])('of a file that %s is refused at the start', async (reason, content) => {
    const path = at('wrong.pem')
    const bytes = content()
    if (bytes !== undefined) writeFileSync(path, bytes)
    const attestationRoot = bytes === undefined ? at('nowhere.pem') : path
    await expect(openSealtrail({ dataDir: at('wrong'), attestationRoot })).rejects.toMatchObject({
      code: 'ConfigInvalid',
      message: `the attestation root file ${attestationRoot} ${reason}`,
    })
  })
})
