/** The addon is asked first where it answers rightly, and says of every request what JavaScript says. */
import { describe, expect, it } from 'vitest'
import { loadAddon } from '../../src/engine/native/addon.js'
import { rootIdentity } from '../../src/service/caller.js'
import type { Headers, SignedRequest } from '../../src/sigv4/canonical-request.js'
import { Credential } from '../../src/sigv4/credential.js'
import {
  type NativeSignatures,
  nativeSignatures,
  trusted,
} from '../../src/sigv4/native-signatures.js'
import { signRequest } from '../../src/sigv4/sign-request.js'
import { SigningKeys } from '../../src/sigv4/signing-keys.js'
import { verifySignature } from '../../src/sigv4/verify-signature.js'
import { testedEngines } from '../support/engines.js'
import { fc, test } from '../support/property.js'
import { SUITE_NOW, SUITE_RULES, suite, suiteCredential } from './sigv4-suite.js'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const RULES = { service: 'kms', pathEncoding: 'twice', unsignedPayload: false } as const
const signer = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'eu-central-1',
  service: 'kms',
  now: NOW,
}
const credential = new Credential({
  ...signer,
  account: '111122223333',
  identity: (region: string) => rootIdentity('111122223333', region, signer.accessKeyId),
})
const signatures = nativeSignatures()

/** The addon's calls, and how often it has shown that a request is signed. */
function counting(sound: NativeSignatures) {
  const shown = { count: 0 }
  const counted: NativeSignatures = {
    signingKey: (...given) => sound.signingKey(...given),
    releaseKey: (key) => sound.releaseKey(key),
    isSigned(...given) {
      const answer = sound.isSigned(...given)
      if (answer === 1) shown.count++
      return answer
    },
  }
  return { shown, counted }
}

function signed(headers: Record<string, string>, body: Uint8Array, method = 'POST'): SignedRequest {
  const all = signRequest({ method, path: '/', headers, body }, signer)
  return { method, path: '/', query: '', headers: new Map(Object.entries(all)), body }
}

function outcome(request: SignedRequest, keys: SigningKeys): unknown {
  try {
    const find = (id: string) => (id === credential.accessKeyId ? credential : undefined)
    const { credential: signedBy, scope } = verifySignature(request, RULES, find, keys, NOW)
    return { signedBy, scope }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return { code, message }
  }
}

/** `request` with one byte changed, of its head or its body. */
function changed({ headers, ...request }: SignedRequest, at: number, flip: number): SignedRequest {
  const lines = [request.method, request.path, request.query, ...[...headers].flat()]
  const bytes = Buffer.concat([Buffer.from(lines.join('\n'), 'latin1'), request.body!])
  const bodyAt = bytes.length - request.body!.length
  const index = at % bytes.length
  bytes[index] = (bytes[index]! + flip) & 0xff
  const [method = '', path = '', query = '', ...rest] = bytes
    .toString('latin1', 0, bodyAt)
    .split('\n')
  const pairs = rest.flatMap((name, i) => (i % 2 === 0 ? [[name, rest[i + 1] ?? ''] as const] : []))
  return { method, path, query, headers: new Map(pairs) as Headers, body: bytes.subarray(bodyAt) }
}

describe('signatures in the addon', () => {
  it('are used where the native engine is', () => {
    expect(signatures !== undefined).toBe(testedEngines.some(({ name }) => name === 'native'))
    expect(trusted(undefined)).toBeUndefined()
  })
})

if (signatures !== undefined) {
  describe.each(['signingKey', 'isSigned'] as const)('%s of the addon', (call) => {
    it.each([undefined, true, 0, 1, -1, -4, Number.NaN])(
      'is not trusted when it answers %s to everything',
      (answer) => {
        const other = { ...counting(signatures).counted, [call]: () => answer }
        expect(trusted(other as NativeSignatures)).toBeUndefined()
      },
    )
  })

  describe('a signing key', () => {
    it('lies in the addon from the first signature that it has verified until it is wiped', () => {
      const { keysInUse } = loadAddon()!
      const before = keysInUse()
      const keys = new SigningKeys(signatures)
      const request = signed({ host: 'kms.example' }, Buffer.from('{}'))
      const forged = new Map(request.headers).set('x-amz-date', '20260102T030406Z')
      outcome({ ...request, headers: forged }, keys)
      expect(keysInUse()).toBe(before)
      for (let i = 0; i < 2; i++) outcome(request, keys)
      expect(keysInUse()).toBe(before + 1)
      keys.wipe()
      expect(keysInUse()).toBe(before)
    })
  })

  describe('the SigV4 test suite', () => {
    it('is shown by the addon where a case is in the common form, and believed everywhere', () => {
      const shown = suite.filter(({ name, signed: request }) => {
        const known = suiteCredential(request)
        const { counted, shown } = counting(signatures)
        const keys = new SigningKeys(counted)
        const find = () => known
        const hasLateToken = name === 'post-sts-header-after'
        for (let i = 0; i < 2; i++) {
          const verify = () => verifySignature(request, SUITE_RULES, find, keys, SUITE_NOW)
          if (hasLateToken) expect(verify).toThrow("must be a 'SignedHeader'")
          else verify()
        }
        keys.wipe()
        return shown.count === 1
      })
      expect(shown.map(({ name }) => name)).toEqual([
        'get-header-key-duplicate',
        'get-header-value-order',
        'get-vanilla-query',
        'get-vanilla-with-session-token',
        'get-vanilla',
        'post-header-key-case',
        'post-header-key-sort',
        'post-header-value-case',
        'post-sts-header-before',
        'post-vanilla',
        'post-x-www-form-urlencoded-parameters',
        'post-x-www-form-urlencoded',
      ])
    })
  })

  describe('a request in the common form', () => {
    const { counted, shown } = counting(signatures)
    const both = [new SigningKeys(counted), new SigningKeys(undefined)] as const
    const usual = signed({ host: 'kms.example' }, Buffer.from('{}'))
    for (const keys of both) outcome(usual, keys)

    const value = fc.oneof(
      fc.string({ maxLength: 30 }).map((text) => text.replace(/[\r\n]/g, '')),
      fc.constantFrom('', 'a  b', ' a', 'b ', '\t', 'Köln'),
    )
    const request = fc
      .record({
        method: fc.constantFrom('POST', 'GET', 'PUT'),
        names: fc.uniqueArray(fc.constantFrom('x-amz-target', 'accept', 'user-agent', 'x'), {}),
        values: fc.array(value, { minLength: 4, maxLength: 4 }),
        body: fc.uint8Array({ maxLength: 60 }),
      })
      .map(({ method, names, values, body }) => {
        const more = Object.fromEntries(names.map((name, i) => [name, values[i]!]))
        return signed({ host: 'kms.example', ...more }, Buffer.from(body), method)
      })

    test.prop([request])('is believed by both', (asked) => {
      const before = shown.count
      const [native, plain] = both.map((keys) => outcome(asked, keys))
      expect(plain).toHaveProperty('signedBy', credential)
      expect(native).toEqual(plain)
      const isPlain = [...asked.headers].every(([, text]) =>
        /^(?! )(?!.* {2})[ -~]*(?<! )$/.test(text),
      )
      if (isPlain) expect(shown.count).toBe(before + 1)
    })

    test.prop([request, fc.nat(), fc.integer({ min: 1, max: 255 })], { numRuns: 5000 })(
      'is one to both or none when a byte of it is another',
      (asked, at, flip) => {
        const other = changed(asked, at, flip)
        const [native, plain] = both.map((keys) => outcome(other, keys))
        expect(native).toEqual(plain)
      },
    )
  })
}
