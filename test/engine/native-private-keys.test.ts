/**
 * What only the native engine promises of private keys: where they lie, who can reach them, when they are gone, what is refused.
 *
 * Its answers are tested with those of the other engines in private-keys.test.ts.
 */
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { type Addon, loadAddon, RELEASED, TARGET_FULL } from '../../src/engine/native/addon.js'
import { openNativeEngine } from '../../src/engine/native/native.js'
import { PRIVATE_KEY_SPECS, type PrivateKeySpec } from '../../src/engine/private-keys.js'
import { runScript } from '../support/child.js'
import { keyBytes, sampleKey, USES } from './private-key-samples.js'
import { flipped, sample, shared } from './sample.js'

const NONE = new Uint8Array(0)
const THREAD = new URL('./native-private-thread.mjs', import.meta.url)
const MISFIT = /the native engine is given what it takes/
const addon = loadAddon()

if (addon === undefined) process.stderr.write('not tested: private keys in the addon\n')
else {
  describe('private keys in the addon', () => inTheAddon(addon))
  describe('RSA keys that the addon makes', () => made(addon))
  describe('what does not fit a private key of the addon', () => misfits())
  if (process.platform === 'linux') describe('the memory of a process', () => memory())
}

function inTheAddon(addon: Addon) {
  const engine = openNativeEngine()
  const { privateKeys } = engine
  const place = (spec: PrivateKeySpec) => PRIVATE_KEY_SPECS.indexOf(spec)

  it('take memory that comes back when they are released, many at once', async () => {
    const wrappingKey = engine.generateKey()
    const before = addon.privateBlocksInUse()
    for (const spec of PRIVATE_KEY_SPECS) {
      const bytes = await keyBytes(spec)
      const keys = Array.from({ length: 12 }, () => privateKeys.importKey(spec, bytes)!)
      expect(addon.privateBlocksInUse()).toBeGreaterThan(before)
      for (const key of keys) {
        const blob = privateKeys.wrap(wrappingKey, key, new Uint8Array(24), NONE)
        privateKeys.unwrap(wrappingKey, spec, blob, NONE)!.release()
      }
      for (const key of keys) key.release()
      expect(addon.privateBlocksInUse()).toBe(before)
    }
    wrappingKey.release()
  })

  it('leave nothing behind when they are refused', async () => {
    const before = addon.privateBlocksInUse()
    for (const spec of PRIVATE_KEY_SPECS) {
      const bytes = await keyBytes(spec)
      expect(privateKeys.importKey(spec, bytes.subarray(0, -1))?.release()).toBeUndefined()
    }
    expect(addon.privateBlocksInUse()).toBe(before)
  })

  it('are a key or none when a bit of them is another, and nothing else happens', async () => {
    const before = addon.privateBlocksInUse()
    const specs = ['RSA_2048', 'ECC_NIST_P256', 'ECC_NIST_EDWARDS25519', 'ML_DSA_44'] as const
    for (const spec of specs) {
      const bytes = await keyBytes(spec)
      let taken = 0
      for (let bit = 0; bit < bytes.length * 8; bit += 7) {
        const key = addon.privateImport(place(spec), flipped(bytes, bit))
        expect(key).toBeGreaterThanOrEqual(0)
        if (key === 0) continue
        expect(addon.privateRelease(key)).toBe(0)
        taken++
      }
      // A seed is any 32 bytes; parts of a pair must fit each other.
      const isSeed = spec === 'ECC_NIST_EDWARDS25519' || spec === 'ML_DSA_44'
      expect([spec, taken > 30]).toEqual([spec, isSeed])
    }
    expect(addon.privateBlocksInUse()).toBe(before)
  })

  it('are never found under the number of another', () => {
    const first = addon.privateGenerate(place('HMAC_256'))
    expect(addon.privateRelease(first)).toBe(0)
    const second = addon.privateGenerate(place('HMAC_256'))
    expect(second).not.toBe(first)
    expect(addon.privateExport(first, new Uint8Array(64))).toBe(RELEASED)
    expect(addon.privateRelease(first)).toBe(RELEASED)
    expect(addon.privateRelease(second)).toBe(0)
  })

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 64])(
    'are not there under the number %d',
    (number) => {
      expect(addon.privateExport(number, new Uint8Array(64))).toBe(RELEASED)
      expect(addon.privateRelease(number)).toBe(RELEASED)
      expect(addon.privateTake(number)).toBeLessThanOrEqual(0)
    },
  )

  it('are those of one thread, and gone with it', async () => {
    const before = addon.privateBlocksInUse()
    const mine = addon.privateGenerate(place('ECC_NIST_P256'))
    const worker = new Worker(THREAD, {
      workerData: mine,
    })
    const theirs = await new Promise<{ answer: number; key: number }>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    expect(theirs.answer).toBe(RELEASED)
    expect(addon.privateExport(theirs.key, new Uint8Array(2560))).toBe(RELEASED)
    await worker.terminate()
    // The thread itself ends after its worker has.
    for (let i = 0; i < 200 && addon.privateBlocksInUse() > before + 8; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    addon.privateRelease(mine)
    expect(addon.privateBlocksInUse()).toBe(before)
  })

  it('share memory with those of other threads, and stay what they are', async () => {
    const before = addon.privateBlocksInUse()
    const uses = [
      'ECC_NIST_P256',
      'ECC_SECG_P256K1',
      'ECC_NIST_EDWARDS25519',
      'ML_DSA_44',
      'RSA_2048',
    ]
    const keys = await Promise.all(
      USES.filter(({ spec, form }) => uses.includes(spec) && form === 'RAW').map(
        async ({ spec, algorithm }) => ({ spec, algorithm, bytes: await keyBytes(spec) }),
      ),
    )
    const rounds = 400
    const answers = [0, 1, 2].map((seed) => {
      const workerData = { keys, rounds, seed }
      const worker = new Worker(THREAD, { workerData })
      return new Promise((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      }).finally(() => worker.terminate())
    })
    expect(await Promise.all(answers)).toEqual([rounds, rounds, rounds])
    expect(addon.privateBlocksInUse()).toBe(before)
  })

  it('write nothing beyond the room they are given', async () => {
    for (const spec of PRIVATE_KEY_SPECS) {
      const bytes = await keyBytes(spec)
      const number = addon.privateImport(place(spec), bytes)
      const room = new Uint8Array(bytes.length + 1).fill(7)
      expect(addon.privateExport(number, room.subarray(0, bytes.length - 1))).toBe(TARGET_FULL)
      expect(addon.privateExport(number, room.subarray(0, bytes.length))).toBe(bytes.length)
      expect(room.at(-1)).toBe(7)
      addon.privateRelease(number)
    }
    const key = addon.privateImport(place('ECC_NIST_P256'), await keyBytes('ECC_NIST_P256'))
    expect(addon.privatePublic(key, new Uint8Array(90))).toBe(TARGET_FULL)
    expect(addon.privateSign(key, 6, 0, NONE, new Uint8Array(60))).toBe(TARGET_FULL)
    const target = new Uint8Array(91)
    expect(addon.privatePublic(key, target)).toBe(91)
    expect(addon.privateAgree(key, target, new Uint8Array(31))).toBe(TARGET_FULL)
    addon.privateRelease(key)
  })

  it('sign what lies in memory that threads share', async () => {
    const key = await sampleKey(engine, 'ECC_NIST_EDWARDS25519')
    const message = sample('message', 500)
    const signature = privateKeys.sign(key, 'ED25519_SHA_512', shared(message), 'RAW')
    const isGenuine = (text: Uint8Array) =>
      privateKeys.verify(key, 'ED25519_SHA_512', text, 'RAW', shared(signature))
    expect([isGenuine(message), isGenuine(shared(message))]).toEqual([true, true])
    key.release()
  })
}

function made(addon: Addon) {
  const { privateKeys } = openNativeEngine()

  it('come when they are there, while the event loop turns', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const keys = await Promise.all([1, 2, 3].map(() => privateKeys.generate('RSA_2048')))
    clearInterval(timer)
    expect(turns).toBeGreaterThan(0)
    expect(new Set(keys.map((key) => privateKeys.exportKey(key).join())).size).toBe(3)
    for (const key of keys) key.release()
  })

  it('keep a process alive that waits for them, and no longer', async () => {
    const script = new URL('./native-private-make.mjs', import.meta.url).pathname
    expect(await runScript(script)).toBe('RSA_2048 RSA_2048\n')
  })

  it('are nobody’s when who ordered them is gone', async () => {
    const before = addon.privateBlocksInUse()
    const worker = new Worker(THREAD, {
      workerData: 'order',
    })
    await new Promise((resolve) => worker.once('message', resolve))
    await worker.terminate()
    // What comes after it in the line: then the worker's are made.
    const key = await privateKeys.generate('RSA_2048')
    key.release()
    for (let i = 0; i < 500 && addon.privateBlocksInUse() > before; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(addon.privateBlocksInUse()).toBe(before)
  })

  it('are not made in the way of others', () => {
    expect(addon.privateGenerate(PRIVATE_KEY_SPECS.indexOf('RSA_2048'))).toBeLessThan(0)
  })
}

function misfits() {
  const engine = openNativeEngine()
  const { privateKeys } = engine

  it('is an algorithm of another spec', async () => {
    const key = await sampleKey(engine, 'ECC_NIST_P256')
    const wrong = ['ECDSA_SHA_384', 'RSASSA_PSS_SHA_256', 'ED25519_SHA_512', 'ML_DSA_SHAKE_256']
    for (const algorithm of wrong as Parameters<typeof privateKeys.sign>[1][]) {
      expect(() => privateKeys.sign(key, algorithm, NONE, 'RAW')).toThrow(MISFIT)
      expect(() => privateKeys.verify(key, algorithm, NONE, 'RAW', NONE)).toThrow(MISFIT)
    }
    expect(() => privateKeys.mac(key, 'HMAC_SHA_256', NONE)).toThrow(MISFIT)
    key.release()
    const mac = await sampleKey(engine, 'HMAC_256')
    expect(() => privateKeys.mac(mac, 'HMAC_SHA_512', NONE)).toThrow(MISFIT)
    expect(() => privateKeys.sign(mac, 'ECDSA_SHA_256', NONE, 'RAW')).toThrow(MISFIT)
    expect(() => privateKeys.publicKey(mac)).toThrow(MISFIT)
    expect(() => privateKeys.agree(mac, NONE)).toThrow(MISFIT)
    mac.release()
  })

  it('is a digest of another length, or a form that the algorithm does not have', async () => {
    const rows = [
      ['ECC_NIST_P256', 'ECDSA_SHA_256', 'DIGEST', 31],
      ['ECC_NIST_P256', 'ECDSA_SHA_256', 'EXTERNAL_MU', 64],
      ['RSA_2048', 'RSASSA_PSS_SHA_384', 'DIGEST', 32],
      ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', 'DIGEST', 0],
      ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 'DIGEST', 64],
      ['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 'RAW', 64],
      ['ECC_NIST_EDWARDS25519', 'ED25519_PH_SHA_512', 'DIGEST', 63],
      ['ML_DSA_44', 'ML_DSA_SHAKE_256', 'DIGEST', 64],
      ['ML_DSA_44', 'ML_DSA_SHAKE_256', 'EXTERNAL_MU', 65],
    ] as const
    for (const [spec, algorithm, form, bytes] of rows) {
      const key = await sampleKey(engine, spec)
      const message = new Uint8Array(bytes)
      expect(() => privateKeys.sign(key, algorithm, message, form)).toThrow(MISFIT)
      expect(() => privateKeys.verify(key, algorithm, message, form, NONE)).toThrow(MISFIT)
      key.release()
    }
  })

  it('is a text too long for the modulus', async () => {
    const key = await sampleKey(engine, 'RSA_2048')
    const encrypt = (bytes: number) =>
      privateKeys.encrypt(key, 'RSAES_OAEP_SHA_256', new Uint8Array(bytes))
    expect(encrypt(190).length).toBe(256)
    expect(() => encrypt(191)).toThrow(MISFIT)
    key.release()
  })
}

function memory() {
  it('shows what is secret of private keys in locked pages only, and nowhere after their release', async () => {
    const script = new URL('./native-private-scan.mjs', import.meta.url).pathname
    const { held, released } = JSON.parse(await runScript(script))
    expect(held.outside).toEqual({})
    // AWS-LC keeps them: what is looked for is there to be found.
    expect(Object.keys(held.arena).sort()).toEqual(
      [
        ...['ECC_NIST_EDWARDS25519', 'ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_SECG_P256K1'],
        ...['HMAC_256', 'ML_DSA_44', 'RSA_2048'],
      ].sort(),
    )
    expect(released).toEqual({ arena: {}, outside: {} })
  })
}
