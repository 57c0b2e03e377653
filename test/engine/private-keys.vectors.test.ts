/**
 * Published answers of private keys: Wycheproof's HMAC and RSAES-OAEP, Ed25519 and Ed25519ph of RFC 8032, ECDSA of RFC 6979.
 *
 * Wycheproof has only public keys for ECDSA and EdDSA, and engines verify with pairs.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

import { eachEngine } from '../support/engines.js'
import { macOf } from './private-key-samples.js'
import { fromHex, hex } from './sample.js'

interface MacCase {
  readonly tcId: number
  readonly comment: string
  readonly key: string
  readonly msg: string
  readonly tag: string
  readonly result: 'valid' | 'invalid'
}

interface OaepCase {
  readonly tcId: number
  readonly comment: string
  readonly msg: string
  readonly ct: string
  readonly label: string
  readonly result: 'valid' | 'invalid'
}

/** RFC 8032 §7.1, tests 1 to 3, and §7.3. */
const ED25519 = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
]
const ED25519_PH = {
  seed: '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
  message: '616263',
  signature:
    '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
}
/** RFC 6979 §A.2.5: P-256, SHA-256. */
const ECDSA = {
  scalar: 'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721',
  signatures: [
    {
      message: 'sample',
      r: 'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
      s: 'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    },
    {
      message: 'test',
      r: 'f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367',
      s: '019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083',
    },
  ],
}
const MAC_SPECS = ['HMAC_256', 'HMAC_384', 'HMAC_512'] as const

function groups<Group>(name: string): Group[] {
  const file = new URL(`../vectors/wycheproof/${name}_test.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).testGroups
}

describe.each(eachEngine)('private keys of the $name engine', ({ engine }) => {
  const { privateKeys } = engine

  it.each(MAC_SPECS)('of %s give Wycheproof’s MACs', (spec) => {
    const bits = Number(spec.slice('HMAC_'.length))
    const ours = groups<{ keySize: number; tagSize: number; tests: MacCase[] }>(
      `hmac_sha${bits}`,
    ).filter(
      ({ keySize, tagSize }) =>
        tagSize === bits && keySize >= bits && keySize <= (bits > 256 ? 1024 : 512),
    )
    expect(ours.length).toBeGreaterThan(0)
    for (const { tcId, key, msg, tag, result } of ours.flatMap(({ tests }) => tests)) {
      const handle = privateKeys.importKey(spec, fromHex(key))!
      const mac = hex(privateKeys.mac(handle, macOf(spec), fromHex(msg)))
      expect([tcId, mac === tag]).toEqual([tcId, result === 'valid'])
      handle.release()
    }
  })

  it('open what Wycheproof says opens with OAEP, and nothing else', () => {
    const [group] = groups<{ privateKeyPkcs8: string; tests: OaepCase[] }>(
      'rsa_oaep_2048_sha256_mgf1sha256',
    )
    const key = privateKeys.importKey('RSA_2048', fromHex(group!.privateKeyPkcs8))!
    const cases = group!.tests.filter(({ label }) => label === '')
    expect(cases.length).toBeGreaterThan(10)
    for (const { tcId, ct, msg, result } of cases) {
      const plain = privateKeys.decrypt(key, 'RSAES_OAEP_SHA_256', fromHex(ct))
      expect([tcId, plain && hex(plain)]).toEqual([tcId, result === 'valid' ? msg : undefined])
    }
    key.release()
  })

  it.each(ED25519)(
    'sign $message with Ed25519 as RFC 8032 does',
    ({ seed, message, signature }) => {
      const key = privateKeys.importKey('ECC_NIST_EDWARDS25519', edwards(seed))!
      const signed = privateKeys.sign(key, 'ED25519_SHA_512', fromHex(message), 'RAW')
      expect(hex(signed)).toBe(signature)
      key.release()
    },
  )

  it('sign a digest with Ed25519ph as RFC 8032 does', () => {
    const key = privateKeys.importKey('ECC_NIST_EDWARDS25519', edwards(ED25519_PH.seed))!
    const digest = createHash('sha512').update(fromHex(ED25519_PH.message)).digest()
    const signed = privateKeys.sign(key, 'ED25519_PH_SHA_512', digest, 'DIGEST')
    expect(hex(signed)).toBe(ED25519_PH.signature)
    key.release()
  })

  it('take the signatures of RFC 6979 for genuine', () => {
    const key = privateKeys.importKey('ECC_NIST_P256', p256(ECDSA.scalar))!
    for (const { message, r, s } of ECDSA.signatures) {
      const body = `${integer(r)}${integer(s)}`
      const signature = fromHex(`30${(body.length / 2).toString(16)}${body}`)
      const text = Buffer.from(message)
      expect(privateKeys.verify(key, 'ECDSA_SHA_256', text, 'RAW', signature)).toBe(true)
    }
    key.release()
  })
})

function edwards(seed: string): Uint8Array {
  return fromHex(`302e020100300506032b657004220420${seed}`)
}

/** Without the point, which is worked out. */
function p256(scalar: string): Uint8Array {
  const algorithm = '301306072a8648ce3d020106082a8648ce3d030107'
  return fromHex(`3041020100${algorithm}042730250201010420${scalar}` as string)
}

/** DER, of 32 bytes. */
function integer(digits: string): string {
  const isHigh = Number.parseInt(digits.slice(0, 2), 16) >= 0x80
  return isHigh ? `022100${digits}` : `0220${digits}`
}
