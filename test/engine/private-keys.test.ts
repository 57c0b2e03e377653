/**
 * Private keys: what every engine must hold to, and that engines agree.
 *
 * Published answers are in private-keys.vectors.test.ts; where the native engine keeps the bytes, in native-private-keys.test.ts.
 */
import {
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  verify,
} from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  BIT_STRING,
  element,
  elementsOf,
  INTEGER,
  OCTET_STRING,
  SEQUENCE,
} from '../../src/bytes/der.js'
import type { Engine } from '../../src/engine/engine.js'
import { PRIVATE_KEY_SPECS, type PrivateKeySpec } from '../../src/engine/private-keys.js'
import { eachEngine } from '../support/engines.js'
import { CURVES, keyBytes, macOf, ofKind, PAIRS, sampleKey, USES } from './private-key-samples.js'
import { rsaOf } from './rsa-of-numbers.js'
import { flipped, hex, sample } from './sample.js'

const NONE = new Uint8Array(0)
const CONTEXT = sample('context', 20)
const HEADER = sample('header', 24)
const RELEASED = expect.objectContaining({ code: 'KeyReleased' })
/** Uncompressed. */
const CURVE_POINT_BYTES: Partial<Record<PrivateKeySpec, number>> = {
  ECC_NIST_P256: 65,
  ECC_NIST_P384: 97,
  ECC_NIST_P521: 133,
  ECC_SECG_P256K1: 65,
}
/** The public key of the same curve that has no coordinates. */
function infinityOf(spki: Uint8Array): Uint8Array {
  const [algorithm] = elementsOf(elementsOf(spki)[0]!.content)
  const point = element(BIT_STRING, Uint8Array.of(0, 0))
  return element(SEQUENCE, element(SEQUENCE, algorithm!.content), point)
}
const others = (engine: Engine) =>
  eachEngine.filter(({ name }) => name !== engine.name).map((other) => other.engine)

describe.each(eachEngine)('a private key of the $name engine', ({ engine }) => {
  const { privateKeys } = engine

  // The larger ones take their time.
  it.each(PRIVATE_KEY_SPECS.filter((spec) => !['RSA_3072', 'RSA_4096'].includes(spec)))(
    'of %s is made anew each time',
    async (spec) => {
      const keys = [await privateKeys.generate(spec), await privateKeys.generate(spec)]
      const [one, other] = keys.map((key) => privateKeys.exportKey(key))
      expect(one).not.toEqual(other)
      const again = privateKeys.importKey(spec, one!)!
      expect(privateKeys.exportKey(again)).toEqual(one)
      for (const key of [...keys, again]) key.release()
    },
  )

  it.each(PRIVATE_KEY_SPECS)('of %s says what it is, and no more', async (spec) => {
    const key = await sampleKey(engine, spec)
    expect([key.engine, key.spec]).toEqual([engine.name, spec])
    const told = [String(key), JSON.stringify(key), inspect(key)].join()
    expect(told.replaceAll(`KeyHandle(${engine.name})`, '').replaceAll(/[",]/g, '')).toBe('')
    key.release()
  })

  it.each(PRIVATE_KEY_SPECS)('of %s gives out the bytes it was made of', async (spec) => {
    const bytes = await keyBytes(spec)
    const key = await sampleKey(engine, spec)
    expect(privateKeys.exportKey(key)).toEqual(bytes)
    key.release()
  })

  it.each(PAIRS)('of %s shows its public half as others do', async (spec) => {
    const key = await sampleKey(engine, spec)
    const shown = privateKeys.publicKey(key)
    for (const other of others(engine)) {
      const same = await sampleKey(other, spec)
      expect(hex(other.privateKeys.publicKey(same))).toBe(hex(shown))
      same.release()
    }
    if (!spec.startsWith('ML_DSA_')) {
      const der = { format: 'der', type: 'spki' } as const
      const pkcs8 = {
        key: Buffer.from(await keyBytes(spec)),
        format: 'der',
        type: 'pkcs8',
      } as const
      const expected = createPublicKey(createPrivateKey(pkcs8) as never).export(der)
      expect(hex(shown)).toBe(hex(expected))
    }
    key.release()
  })

  it.each(PRIVATE_KEY_SPECS)('of %s is gone when it is released', async (spec) => {
    const key = await sampleKey(engine, spec)
    const wrappingKey = engine.generateKey()
    key.release()
    key.release()
    expect(() => privateKeys.exportKey(key)).toThrow(RELEASED)
    expect(() => privateKeys.wrap(wrappingKey, key, HEADER, NONE)).toThrow(RELEASED)
    if (spec.startsWith('HMAC_')) {
      expect(() => privateKeys.mac(key, macOf(spec), NONE)).toThrow(RELEASED)
    } else {
      expect(() => privateKeys.publicKey(key)).toThrow(RELEASED)
      const { algorithm } = USES.find((use) => use.spec === spec)!
      expect(() => privateKeys.sign(key, algorithm, NONE, 'RAW')).toThrow(RELEASED)
      expect(() => privateKeys.verify(key, algorithm, NONE, 'RAW', NONE)).toThrow(RELEASED)
    }
    wrappingKey.release()
  })

  it('is used by its own engine only', async () => {
    const key = await sampleKey(engine, 'HMAC_256')
    for (const other of others(engine)) {
      expect(() => other.privateKeys.exportKey(key)).toThrow(/the engine that holds it/)
    }
    key.release()
  })
})

describe.each(eachEngine)('bytes that come to the $name engine as a private key', ({ engine }) => {
  const { privateKeys } = engine
  const importing = (spec: PrivateKeySpec, bytes: Uint8Array) => {
    const key = privateKeys.importKey(spec, bytes)
    key?.release()
    return key !== undefined
  }

  it.each(PAIRS)(
    'are no key of %s when they are damaged, cut or followed by others',
    async (spec) => {
      const bytes = await keyBytes(spec)
      const wrong = [NONE, sample('noise', 64), bytes.subarray(1), bytes.subarray(0, -1)]
      for (const given of wrong) expect(importing(spec, given)).toBe(false)
      expect(importing(spec, Buffer.concat([bytes, Uint8Array.of(0)]))).toBe(false)
      // The outer length, the algorithm.
      for (const at of [1, 12]) expect(importing(spec, flipped(bytes, at * 8))).toBe(false)
    },
  )

  it.each(PAIRS)('are no key of %s when they are one of another spec', async (spec) => {
    for (const other of PAIRS.filter((name) => name !== spec)) {
      expect([other, importing(spec, await keyBytes(other))]).toEqual([other, false])
    }
  })

  it.each(ofKind('RSA_'))('are no key of %s with the modulus of another', async (spec) => {
    const bytes = await keyBytes(spec)
    expect(importing(spec, flipped(bytes, 100 * 8))).toBe(false)
  })

  it('are no key of RSA with another exponent than 65,537', () => {
    const encoding = { type: 'pkcs8', format: 'der' } as const
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
    expect(importing('RSA_2048', privateKey.export(encoding))).toBe(false)
  })

  it('are no key of RSA when a part does not belong to the others', () => {
    const numbers = rsaOf('primes')
    expect(importing('RSA_2048', numbers.pkcs8())).toBe(true)
    for (const part of numbers.names) {
      for (const other of [0n, 2n, 3n]) {
        const given = numbers.pkcs8({ [part]: other })
        expect([part, other, importing('RSA_2048', given)]).toEqual([part, other, false])
      }
    }
  })

  it('are no key of RSA that no primes made', () => {
    expect(importing('RSA_2048', rsaOf('others').pkcs8())).toBe(false)
  })

  it('are no key of RSA-PSS', () => {
    const { privateKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
    const encoding = { type: 'pkcs8', format: 'der' } as const
    expect(importing('RSA_2048', privateKey.export(encoding))).toBe(false)
  })

  it.each(CURVES)('are no key of %s with the point of another, or none', async (spec) => {
    const bytes = await keyBytes(spec)
    const stranger = await privateKeys.generate(spec)
    const point = privateKeys.publicKey(stranger).subarray(-CURVE_POINT_BYTES[spec]!)
    stranger.release()
    // The point is what a pair ends with.
    const other = Buffer.concat([bytes.subarray(0, -point.length), point])
    expect(importing(spec, other)).toBe(false)
    expect(importing(spec, flipped(bytes, bytes.length * 8 - 1))).toBe(false)
  })

  it.each(CURVES)(
    'are no key of %s with a scalar of zero, whose point is at infinity',
    async (spec) => {
      const key = await privateKeys.generate(spec)
      const [, algorithm] = elementsOf(elementsOf(privateKeys.exportKey(key))[0]!.content)
      key.release()
      const scalar = new Uint8Array((CURVE_POINT_BYTES[spec]! - 1) / 2)
      // Without its public half, and with it.
      for (const point of [NONE, element(0xa1, element(BIT_STRING, Uint8Array.of(0, 0)))]) {
        const version = element(INTEGER, Uint8Array.of(1))
        const pair = element(SEQUENCE, version, element(OCTET_STRING, scalar), point)
        const whole = element(
          SEQUENCE,
          element(INTEGER, Uint8Array.of(0)),
          element(SEQUENCE, algorithm!.content),
          element(OCTET_STRING, pair),
        )
        for (const other of [spec, 'RSA_2048'] as const) expect(importing(other, whole)).toBe(false)
      }
    },
  )

  it.each(ofKind('HMAC_'))('are a key of %s within AWS’s bounds of length', (spec) => {
    const least = Number(spec.slice('HMAC_'.length)) / 8
    const most = 128
    for (const bytes of [least, most]) expect(importing(spec, sample('mac', bytes))).toBe(true)
    for (const bytes of [0, least - 1, most + 1]) {
      expect(importing(spec, sample('mac', bytes))).toBe(false)
    }
  })

  it.each(PRIVATE_KEY_SPECS)('stay as they are, and the caller’s, of %s', async (spec) => {
    const bytes = Uint8Array.from(await keyBytes(spec))
    const key = privateKeys.importKey(spec, bytes)!
    expect(bytes).toEqual(await keyBytes(spec))
    bytes.fill(0)
    expect(privateKeys.exportKey(key)).toEqual(await keyBytes(spec))
    key.release()
  })
})

describe.each(eachEngine)('a private key that the $name engine wraps', ({ engine }) => {
  const { privateKeys } = engine
  const wrappingKey = engine.importKey(sample('wrapping key', 32))

  it.each(PRIVATE_KEY_SPECS)('is the same when it is unwrapped, of %s', async (spec) => {
    const key = await sampleKey(engine, spec)
    const blobs = [1, 2].map(() => privateKeys.wrap(wrappingKey, key, HEADER, CONTEXT))
    expect(blobs[0]!.subarray(0, 24)).toEqual(HEADER)
    expect(blobs[0]).not.toEqual(blobs[1])
    for (const blob of blobs) {
      const before = Uint8Array.from(blob)
      const same = privateKeys.unwrap(wrappingKey, spec, blob, CONTEXT)!
      expect(same.spec).toBe(spec)
      expect(privateKeys.exportKey(same)).toEqual(await keyBytes(spec))
      expect(blob).toEqual(before)
      same.release()
    }
    key.release()
  })

  it.each(PRIVATE_KEY_SPECS)(
    'is wrapped as bytes are, so that engines open each other’s, of %s',
    async (spec) => {
      const key = await sampleKey(engine, spec)
      const blob = privateKeys.wrap(wrappingKey, key, HEADER, CONTEXT)
      for (const other of others(engine)) {
        const otherKey = other.importKey(sample('wrapping key', 32))
        const same = other.privateKeys.unwrap(otherKey, spec, blob, CONTEXT)!
        expect(other.privateKeys.exportKey(same)).toEqual(await keyBytes(spec))
        same.release()
        otherKey.release()
      }
      expect(engine.unwrap(wrappingKey, blob, CONTEXT)).toBe(true)
      expect(blob.subarray(80, -16)).toEqual(await keyBytes(spec))
      key.release()
    },
  )

  it('does not open under another key or context, as another spec, or altered', async () => {
    const [key, otherKey] = [await sampleKey(engine, 'ECC_NIST_P256'), engine.generateKey()]
    const blob = privateKeys.wrap(wrappingKey, key, HEADER, CONTEXT)
    const opens = (
      under: typeof wrappingKey,
      spec: PrivateKeySpec,
      given: Uint8Array,
      context: Uint8Array,
    ) => privateKeys.unwrap(under, spec, given, context) !== undefined
    expect(opens(wrappingKey, 'ECC_NIST_P256', blob, CONTEXT)).toBe(true)
    expect(opens(otherKey, 'ECC_NIST_P256', blob, CONTEXT)).toBe(false)
    expect(opens(wrappingKey, 'ECC_NIST_P256', blob, NONE)).toBe(false)
    expect(opens(wrappingKey, 'ECC_NIST_P384', blob, CONTEXT)).toBe(false)
    expect(opens(wrappingKey, 'ECC_NIST_P256', blob.subarray(0, -1), CONTEXT)).toBe(false)
    for (let bit = 0; bit < blob.length * 8; bit += 7) {
      expect([bit, opens(wrappingKey, 'ECC_NIST_P256', flipped(blob, bit), CONTEXT)]).toEqual([
        bit,
        false,
      ])
    }
    key.release()
    otherKey.release()
  })
})

describe.each(eachEngine)('what the $name engine signs', ({ engine }) => {
  const { privateKeys } = engine

  it.each(USES)('$spec $algorithm $form is verified by every engine', async (use) => {
    const { spec, algorithm, form, bytes } = use
    const [message, other] = [sample('message', bytes ?? 300), sample('other', bytes ?? 300)]
    const key = await sampleKey(engine, spec)
    const signature = privateKeys.sign(key, algorithm, message, form)
    for (const { engine: verifier } of eachEngine) {
      const theirs = await sampleKey(verifier, spec)
      const isGenuine = (text: Uint8Array, given: Uint8Array) =>
        verifier.privateKeys.verify(theirs, algorithm, text, form, given)
      expect(isGenuine(message, signature)).toBe(true)
      expect(isGenuine(other, signature)).toBe(false)
      const last = signature.length * 8 - 1
      for (const bit of [0, 9, last >> 1, last]) {
        expect([bit, isGenuine(message, flipped(signature, bit))]).toEqual([bit, false])
      }
      for (const given of [NONE, signature.subarray(1), signature.subarray(0, -1)]) {
        expect(isGenuine(message, given)).toBe(false)
      }
      expect(isGenuine(message, Buffer.concat([signature, Uint8Array.of(0)]))).toBe(false)
      theirs.release()
    }
    key.release()
  })

  it.each(USES.filter(({ form }) => form === 'DIGEST'))(
    '$spec $algorithm of a digest is that of the message',
    async ({ spec, algorithm }) => {
      const message = sample('message', 1000)
      const digest = createHash(`sha${algorithm.slice(-3)}`)
        .update(message)
        .digest()
      const key = await sampleKey(engine, spec)
      const isOfBoth = algorithm !== 'ED25519_PH_SHA_512'
      const ofDigest = privateKeys.sign(key, algorithm, digest, 'DIGEST')
      if (isOfBoth) {
        const ofMessage = privateKeys.sign(key, algorithm, message, 'RAW')
        expect(privateKeys.verify(key, algorithm, message, 'RAW', ofDigest)).toBe(true)
        expect(privateKeys.verify(key, algorithm, digest, 'DIGEST', ofMessage)).toBe(true)
      } else {
        expect(privateKeys.verify(key, 'ED25519_SHA_512', digest, 'RAW', ofDigest)).toBe(false)
      }
      key.release()
    },
  )

  it.each(USES.filter(({ algorithm }) => /PKCS1|ED25519/.test(algorithm)))(
    '$spec $algorithm $form is the same in every engine',
    async ({ spec, algorithm, form, bytes }) => {
      const message = sample('message', bytes ?? 77)
      const signatures = []
      for (const { engine: signer } of eachEngine) {
        const key = await sampleKey(signer, spec)
        signatures.push(signer.privateKeys.sign(key, algorithm, message, form))
        key.release()
      }
      for (const signature of signatures) expect(Buffer.compare(signature, signatures[0]!)).toBe(0)
    },
  )

  it.each([0, 1, 4096])('may be %i bytes long', async (bytes) => {
    for (const { spec, algorithm, form } of USES.filter(
      (use) => use.form === 'RAW' && !use.spec.startsWith('RSA_'),
    )) {
      const key = await sampleKey(engine, spec)
      const signature = privateKeys.sign(key, algorithm, sample('text', bytes), form)
      expect(privateKeys.verify(key, algorithm, sample('text', bytes), form, signature)).toBe(true)
      key.release()
    }
  })

  it('with PSS has a salt as long as the digest', async () => {
    const key = await sampleKey(engine, 'RSA_2048')
    const publicKey = createPublicKey({
      key: Buffer.from(privateKeys.publicKey(key)),
      format: 'der',
      type: 'spki',
    })
    for (const [bits, form] of [
      [256, 'RAW'],
      [384, 'DIGEST'],
      [512, 'RAW'],
    ] as const) {
      const message = sample('message', 10)
      const hash = `sha${bits}`
      const signed = form === 'RAW' ? message : createHash(hash).update(message).digest()
      const signature = privateKeys.sign(key, `RSASSA_PSS_SHA_${bits}`, signed, form)
      const padded = (saltLength: number) => ({ key: publicKey, padding: 6, saltLength })
      expect(verify(hash, message, padded(bits / 8), signature)).toBe(true)
      expect(verify(hash, message, padded(bits / 8 - 1), signature)).toBe(false)
    }
    key.release()
  })
})

describe.each(eachEngine)('what is encrypted to a key of the $name engine', ({ engine }) => {
  const { privateKeys } = engine
  const ALGORITHMS = [
    { algorithm: 'RSAES_OAEP_SHA_1', hashBytes: 20 },
    { algorithm: 'RSAES_OAEP_SHA_256', hashBytes: 32 },
  ] as const

  describe.each(ALGORITHMS)('with $algorithm', ({ algorithm, hashBytes }) => {
    it.each(ofKind('RSA_'))('opens in every engine, of %s', async (spec) => {
      const modulusBytes = Number(spec.slice(4)) / 8
      const key = await sampleKey(engine, spec)
      for (const bytes of [0, 1, 32, modulusBytes - 2 * hashBytes - 2]) {
        const plain = sample('plain', bytes)
        const ciphertext = privateKeys.encrypt(key, algorithm, plain)
        expect(ciphertext.length).toBe(modulusBytes)
        for (const { engine: opener } of eachEngine) {
          const theirs = await sampleKey(opener, spec)
          const opened = opener.privateKeys.decrypt(theirs, algorithm, ciphertext)
          expect(opened && Buffer.compare(opened, plain)).toBe(0)
          theirs.release()
        }
      }
      key.release()
    })

    it('opens neither altered nor as another algorithm', async () => {
      const key = await sampleKey(engine, 'RSA_2048')
      const ciphertext = privateKeys.encrypt(key, algorithm, sample('plain', 32))
      const other = ALGORITHMS.find((one) => one.algorithm !== algorithm)!.algorithm
      expect(privateKeys.decrypt(key, other, ciphertext)).toBeUndefined()
      const damaged = [NONE, ciphertext.subarray(1), Buffer.concat([Uint8Array.of(0), ciphertext])]
      damaged.push(
        ...[7, 1000, 2047].map((bit) => flipped(ciphertext, bit)),
        new Uint8Array(256).fill(255),
      )
      for (const given of damaged) {
        expect(privateKeys.decrypt(key, algorithm, given)).toBeUndefined()
      }
      key.release()
    })
  })
})

describe.each(eachEngine)('what keys of the $name engine agree on', ({ engine }) => {
  const { privateKeys } = engine
  const OPENSSL: Partial<Record<PrivateKeySpec, string>> = {
    ECC_NIST_P256: 'prime256v1',
    ECC_NIST_P384: 'secp384r1',
    ECC_NIST_P521: 'secp521r1',
    ECC_SECG_P256K1: 'secp256k1',
  }

  it.each(CURVES)('is the same from both sides, of %s', async (spec) => {
    const [mine, theirs] = [await sampleKey(engine, spec), await privateKeys.generate(spec)]
    const shared = privateKeys.agree(mine, privateKeys.publicKey(theirs))!
    expect(privateKeys.agree(theirs, privateKeys.publicKey(mine))).toEqual(shared)
    for (const other of others(engine)) {
      const same = await sampleKey(other, spec)
      expect(other.privateKeys.agree(same, privateKeys.publicKey(theirs))).toEqual(shared)
      same.release()
    }
    const peer = createECDH(OPENSSL[spec]!)
    peer.generateKeys()
    const spki = privateKeys.publicKey(mine)
    const point = peer.getPublicKey()
    const peerSpki = Buffer.concat([spki.subarray(0, -point.length), point])
    const own = spki.subarray(-point.length)
    expect(Buffer.compare(privateKeys.agree(mine, peerSpki)!, peer.computeSecret(own))).toBe(0)
    for (const key of [mine, theirs]) key.release()
  })

  it.each(CURVES)('is nothing with what is no public key of %s', async (spec) => {
    const key = await sampleKey(engine, spec)
    const spki = privateKeys.publicKey(key)
    const wrong = [
      NONE,
      sample('noise', 91),
      spki.subarray(0, -1),
      Buffer.concat([spki, NONE, Uint8Array.of(0)]),
    ]
    // Off the curve; the point at infinity; a length that DER does not write so.
    wrong.push(flipped(spki, spki.length * 8 - 1), infinityOf(spki), await keyBytes(spec))
    const content = elementsOf(spki)[0]!.content
    wrong.push(Buffer.concat([Buffer.of(0x30, 0x82, 0, content.length), content]))
    for (const other of PAIRS.filter((name) => name !== spec)) {
      const stranger = await sampleKey(engine, other)
      wrong.push(privateKeys.publicKey(stranger))
      stranger.release()
    }
    for (const given of wrong) expect(privateKeys.agree(key, given)).toBeUndefined()
    key.release()
  })
})

describe.each(eachEngine)('a MAC of the $name engine', ({ engine }) => {
  const { privateKeys } = engine

  it.each(ofKind('HMAC_'))('is that of node:crypto, of %s', async (spec) => {
    const key = await sampleKey(engine, spec)
    const hash = `sha${spec.slice('HMAC_'.length)}`
    for (const bytes of [0, 1, 63, 64, 127, 128, 4096]) {
      const message = sample('message', bytes)
      const expected = createHmac(hash, await keyBytes(spec))
        .update(message)
        .digest()
      expect(Buffer.compare(privateKeys.mac(key, macOf(spec), message), expected)).toBe(0)
    }
    key.release()
  })
})
