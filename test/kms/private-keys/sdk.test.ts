/** AWS's own client, and OpenSSL's command: keys of other kinds over the wire, on both fronts of the server. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateKeyCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KeyUsageType,
  type KMSClient,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OWNER, TwoAccounts } from '../two-accounts.js'
import { hashed, isSigned } from './outside.js'

const Message = Buffer.from('a message that goes over the wire')

describe.each(['node', 'native'] as const)('AWS’s client, on the %s front,', (front) => {
  let accounts: TwoAccounts
  let client: KMSClient
  let folder: string
  beforeAll(async () => {
    accounts = await TwoAccounts.open(front)
    client = accounts.root(OWNER)
    folder = mkdtempSync(join(tmpdir(), 'sealtrail-openssl-'))
  })
  afterAll(async () => {
    client.destroy()
    await accounts.close()
    rmSync(folder, { recursive: true })
  })

  async function newKey(KeySpec: KeySpec, KeyUsage: KeyUsageType): Promise<string> {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ KeySpec, KeyUsage }))
    return KeyMetadata!.Arn!
  }

  /** A file with these bytes. */
  function file(name: string, bytes: Uint8Array): string {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    return path
  }

  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] })

  it('makes a key, and is told what it is for', async () => {
    const KeyId = await newKey('ECC_NIST_P384', 'KEY_AGREEMENT')
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }))
    expect(KeyMetadata).toMatchObject({
      ...{ KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT', KeyAgreementAlgorithms: ['ECDH'] },
    })
  })

  it('has a large message signed and verified, and keeps the public key whole', async () => {
    const KeyId = await newKey('ML_DSA_87', 'SIGN_VERIFY')
    const use = {
      KeyId,
      Message: Buffer.alloc(4096, 7),
      SigningAlgorithm: 'ML_DSA_SHAKE_256',
    } as const
    const { Signature } = await client.send(new SignCommand(use))
    expect(Signature).toHaveLength(4627)
    const first = await client.send(new GetPublicKeyCommand({ KeyId }))
    const second = await client.send(new GetPublicKeyCommand({ KeyId }))
    expect(first.PublicKey).toEqual(second.PublicKey)
    const signer = { KeySpec: 'ML_DSA_87', PublicKey: second.PublicKey! }
    expect(isSigned(signer, 'ML_DSA_SHAKE_256', use.Message, Signature!)).toBe(true)
    const { SignatureValid } = await client.send(new VerifyCommand({ ...use, Signature }))
    expect(SignatureValid).toBe(true)
  })

  it('is told by an exception of its own what does not verify', async () => {
    const KeyId = await newKey('ECC_SECG_P256K1', 'SIGN_VERIFY')
    const use = { KeyId, Message, SigningAlgorithm: 'ECDSA_SHA_256' } as const
    const { Signature } = await client.send(new SignCommand(use))
    const wrong = { ...use, Message: Buffer.from('another'), Signature }
    await expect(client.send(new VerifyCommand(wrong))).rejects.toMatchObject({
      ...{ name: 'KMSInvalidSignatureException', $metadata: { httpStatusCode: 400 } },
    })
    const mac = { KeyId: await newKey('HMAC_384', 'GENERATE_VERIFY_MAC'), Message }
    const by = { MacAlgorithm: 'HMAC_SHA_384' } as const
    const { Mac } = await client.send(new GenerateMacCommand({ ...mac, ...by }))
    expect(await client.send(new VerifyMacCommand({ ...mac, ...by, Mac }))).toMatchObject({
      MacValid: true,
    })
    const other = { ...mac, ...by, Mac: Buffer.from(Mac!).fill(0) }
    await expect(client.send(new VerifyMacCommand(other))).rejects.toMatchObject({
      ...{ name: 'KMSInvalidMacException', $metadata: { httpStatusCode: 400 } },
    })
  })

  it('gets a pair of data keys, the largest there is', async () => {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
    const input = { KeyId: KeyMetadata!.Arn!, KeyPairSpec: 'RSA_4096' } as const
    const EncryptionContext = { Project: 'Alpha' }
    const made = await client.send(new GenerateDataKeyPairCommand({ ...input, EncryptionContext }))
    const { Plaintext } = await client.send(
      new DecryptCommand({ CiphertextBlob: made.PrivateKeyCiphertextBlob, EncryptionContext }),
    )
    expect(Plaintext).toEqual(made.PrivateKeyPlaintext)
    const key = file('pair.der', made.PrivateKeyPlaintext!)
    const said = openssl('pkey', '-inform', 'DER', '-in', key, '-check', '-noout').toString()
    expect(said).toContain('Key is valid')
    const own = openssl('pkey', '-inform', 'DER', '-in', key, '-pubout', '-outform', 'DER')
    expect(own).toEqual(Buffer.from(made.PublicKey!))
    const without = await client.send(
      new GenerateDataKeyPairWithoutPlaintextCommand({ ...input, KeyPairSpec: 'ECC_NIST_P521' }),
    )
    expect(without.PublicKey).toHaveLength(158)
    expect(without).not.toHaveProperty('PrivateKeyPlaintext')
  })

  it('has signed what the openssl command verifies', async () => {
    const KeyId = await newKey('RSA_3072', 'SIGN_VERIFY')
    const SigningAlgorithm = 'RSASSA_PSS_SHA_384'
    const digest = { Message: hashed(SigningAlgorithm, Message), MessageType: 'DIGEST' } as const
    const { Signature } = await client.send(new SignCommand({ KeyId, SigningAlgorithm, ...digest }))
    const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }))
    const [key, signature] = [file('rsa.der', PublicKey!), file('rsa.sig', Signature!)]
    const pss = ['-sigopt', 'rsa_padding_mode:pss', '-sigopt', 'rsa_pss_saltlen:digest']
    const said = openssl(
      ...['dgst', '-sha384', '-verify', key, '-keyform', 'DER', ...pss],
      ...['-signature', signature, file('message', Message)],
    )
    expect(said.toString()).toContain('Verified OK')
  })

  it('opens what the openssl command has encrypted, and the other way round it is as long', async () => {
    const use = {
      KeyId: await newKey('RSA_2048', 'ENCRYPT_DECRYPT'),
      EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
    } as const
    const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: use.KeyId }))
    const oaep = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256']
    const CiphertextBlob = openssl(
      ...[
        'pkeyutl',
        '-encrypt',
        '-pubin',
        '-inkey',
        file('enc.der', PublicKey!),
        '-keyform',
        'DER',
      ],
      ...oaep.flatMap((option) => ['-pkeyopt', option]),
      ...['-in', file('plain', Message)],
    )
    const opened = await client.send(new DecryptCommand({ ...use, CiphertextBlob }))
    expect(Buffer.from(opened.Plaintext!)).toEqual(Message)
    expect(opened).not.toHaveProperty('KeyMaterialId')
    const made = await client.send(new EncryptCommand({ ...use, Plaintext: Message }))
    expect(made.CiphertextBlob).toHaveLength(CiphertextBlob.length)
  })

  it('derives the secret that the openssl command does', async () => {
    const KeyId = await newKey('ECC_NIST_P521', 'KEY_AGREEMENT')
    const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }))
    const peer = join(folder, 'peer.pem')
    openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521', '-out', peer)
    const theirs = openssl('pkey', '-in', peer, '-pubout', '-outform', 'DER')
    const out = join(folder, 'secret')
    openssl(
      ...['pkeyutl', '-derive', '-inkey', peer, '-peerkey', file('own.der', PublicKey!)],
      ...['-peerform', 'DER', '-out', out],
    )
    const { SharedSecret, KeyOrigin } = await client.send(
      new DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: theirs }),
    )
    expect(KeyOrigin).toBe('AWS_KMS')
    expect(Buffer.from(SharedSecret!)).toEqual(readFileSync(out))
  })
})
