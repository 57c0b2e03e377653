/** The official AWS Encryption SDK for JavaScript as the other side, both ways, over a raw AES key. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node'
import { describe, expect, it } from 'vitest'
import { openRange } from '../../src/message/range.js'
import { rawAesKeyring } from '../../src/message/raw-aes-keyring.js'
import { openStream, sealStream } from '../../src/message/streams/node-stream.js'
import { eachEngine } from '../support/engines.js'
import { digest, encryptionContext, piecesOf, sample, wrappingKey } from './sample.js'
import { openWhole, sealWhole } from './whole.js'

const client = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const suiteId = AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY
const signingSuiteId =
  AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384

function theirKeyring(utf8Sorting = true): RawAesKeyringNode {
  return new RawAesKeyringNode({
    keyNamespace: 'tests',
    keyName: 'schlüssel',
    // Their SDK keeps the array and wants memory of its own.
    unencryptedMasterKey: new Uint8Array(wrappingKey),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
    utf8Sorting,
  })
}

const theirs = theirKeyring()
const keyring = rawAesKeyring({ namespace: 'tests', name: 'schlüssel', key: wrappingKey })
const sizes = [0, 1, 4095, 4096, 4097, 8192, 200_000]

describe.each(eachEngine)('the AWS Encryption SDK and the $name engine', ({ engine }) => {
  const options = { engine, keyring, encryptionContext }

  it.each(sizes)('agree on what we seal of %i bytes', async (size) => {
    const plain = sample('plain', size)
    for (const frameBytes of [4096, 65_536]) {
      const sealed = await sealWhole({ ...options, frameBytes }, plain)
      const { plaintext, messageHeader } = await client.decrypt(theirs, Buffer.from(sealed))
      expect(digest(plaintext)).toBe(digest(plain))
      expect({ ...messageHeader.encryptionContext }).toEqual(encryptionContext)
      expect(messageHeader.suiteId).toBe(suiteId)
    }
  })

  it.each(sizes)('agree on what it seals of %i bytes, whatever the frames', async (size) => {
    const plain = sample('plain', size)
    const frames = size < 10 ? [1, 65_536] : [100, 4096, 50_000, 1 << 20]
    for (const frameLength of size > 0 ? [...frames, size] : frames) {
      const more = { encryptionContext, suiteId, frameLength }
      const { result } = await client.encrypt(theirs, Buffer.from(plain), more)
      const opened = await openWhole(options, result)
      expect(digest(opened.plain)).toBe(digest(plain))
      const source = {
        size: result.length,
        read: async (at: number, bytes: number) => result.subarray(at, at + bytes),
      }
      const end = await openRange(source, options, -10)
      expect(digest(end.plain)).toBe(digest(plain.subarray(-10)))
    }
  })

  it('agree on streams, both ways', async () => {
    const plain = sample('plain', 300_000)
    const sealer = Readable.from(piecesOf(plain, [10_000])).pipe(sealStream(options))
    const theirDecrypt = client.decryptStream(theirs)
    expect(digest(await buffer(sealer.pipe(theirDecrypt)))).toBe(digest(plain))

    const theirEncrypt = client.encryptStream(theirs, { encryptionContext, suiteId })
    const sealed = Readable.from(piecesOf(plain, [10_000])).pipe(theirEncrypt)
    expect(digest(await buffer(sealed.pipe(openStream(options))))).toBe(digest(plain))
  })

  it('agree on its signed messages, which are its default', async () => {
    const plain = sample('plain', 10_000)
    const { result } = await client.encrypt(theirs, Buffer.from(plain), { encryptionContext })
    const opened = await openWhole(options, result)
    expect(digest(opened.plain)).toBe(digest(plain))
    expect(opened.encryptionContext).toHaveProperty('aws-crypto-public-key')
    const read = await client.decrypt(theirs, result)
    expect(read.messageHeader.suiteId).toBe(signingSuiteId)
  })

  it('agree on contexts that sort differently as UTF-8 and as text', async () => {
    const mixed = { zone: '1', Zone: '2', été: '3', 𐀀: '4', '\uffee': '5' }
    const plain = Buffer.from('mixed')
    const sealed = await sealWhole({ ...options, encryptionContext: mixed }, plain)
    expect((await client.decrypt(theirs, Buffer.from(sealed))).plaintext).toEqual(plain)
    for (const utf8Sorting of [true, false]) {
      const more = { encryptionContext: mixed, suiteId }
      const { result } = await client.encrypt(theirKeyring(utf8Sorting), plain, more)
      const opened = await openWhole({ ...options, encryptionContext: mixed }, result)
      expect(Buffer.from(opened.plain)).toEqual(plain)
    }
  })

  it('agree that another key opens nothing', async () => {
    const other = rawAesKeyring({ namespace: 'tests', name: 'schlüssel', key: sample('o', 32) })
    const sealed = await sealWhole({ ...options, keyring: other }, sample('plain', 5))
    await expect(client.decrypt(theirs, Buffer.from(sealed))).rejects.toThrow()
    const { result } = await client.encrypt(theirs, Buffer.from('x'), { suiteId })
    const refused = { code: 'InvalidCiphertextException', message: '' }
    await expect(openWhole({ engine, keyring: other }, result)).rejects.toMatchObject(refused)
  })
})
