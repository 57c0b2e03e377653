/**
 * What a signature must be to be believed, and what AWS says when it is not. Run with the addon here, which has the
 * first look, and without it in without-addon.test.ts.
 */
import { hash } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { rootIdentity } from '../../src/service/caller.js'
import {
  canonicalRequest,
  type SignedRequest,
  stringToSign,
} from '../../src/sigv4/canonical-request.js'
import { Credential } from '../../src/sigv4/credential.js'
import { nativeSignatures } from '../../src/sigv4/native-signatures.js'
import { presignQuery, type Signer, signRequest } from '../../src/sigv4/sign-request.js'
import { deriveSigningKey, SigningKeys } from '../../src/sigv4/signing-keys.js'
import { type SigningRules, verifySignature } from '../../src/sigv4/verify-signature.js'
import { fc, test } from '../support/property.js'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const MINUTE = 60_000
const RULES: SigningRules = { service: 'kms', pathEncoding: 'twice', unsignedPayload: false }
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const signer: Signer = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: SECRET,
  region: 'eu-central-1',
  service: 'kms',
  now: NOW,
}
const credential = credentialWith()
const base = {
  method: 'POST',
  path: '/',
  headers: { Host: 'kms.example', 'X-Amz-Target': 'TrentService.Decrypt' },
  body: Buffer.from('{"CiphertextBlob":"AA=="}'),
}

function credentialWith(sessionToken?: string, isExpired = () => false): Credential {
  return new Credential({
    accessKeyId: signer.accessKeyId,
    secretAccessKey: SECRET,
    account: '111122223333',
    identity: (region: string) => rootIdentity('111122223333', region, signer.accessKeyId),
    ...(sessionToken === undefined ? {} : { sessionToken }),
    isExpired,
  })
}

/** A signed request; `change` is what happens to its headers on the way. */
function sent(
  p: { signer?: Partial<Signer>; change?: (headers: Record<string, string>) => void } = {},
): SignedRequest {
  const headers = signRequest(base, { ...signer, ...p.signer })
  p.change?.(headers)
  return { ...base, query: '', headers: new Map(Object.entries(headers)) }
}

function presigned(p: { signer?: Partial<Signer>; lifeSeconds?: number } = {}): SignedRequest {
  const request = { method: 'GET', path: '/', query: 'Action=X', headers: { host: 'kms.example' } }
  const query = presignQuery(request, { ...signer, ...p.signer }, p.lifeSeconds ?? 60)
  const headers = new Map([['host', 'kms.example']])
  return { method: 'GET', path: '/', query, headers, body: Buffer.alloc(0) }
}

function newKeys(keptMax?: number): SigningKeys {
  return new SigningKeys(nativeSignatures(), keptMax)
}

/** The key of {@link signer} is kept already, so that the addon has it. */
function usedKeys(): SigningKeys {
  const keys = newKeys()
  verify(sent(), { keys })
  return keys
}

interface Against {
  now?: number
  rules?: Partial<SigningRules>
  known?: Credential
  keys?: SigningKeys
}

function verify(request: SignedRequest, against: Against = {}) {
  const known = against.known ?? credential
  const find = (id: string) => (id === known.accessKeyId ? known : undefined)
  const rules = { ...RULES, ...against.rules }
  return verifySignature(request, rules, find, against.keys ?? usedKeys(), against.now ?? NOW)
}

function expectRefusal(request: SignedRequest, code: string, message: string, against?: Against) {
  expect(() => verify(request, against)).toThrow(expect.objectContaining({ code, message }))
}

const INVALID = 'InvalidSignatureException'
const INCOMPLETE = 'IncompleteSignatureException'
const UNRECOGNIZED = 'UnrecognizedClientException'
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'
const BAD_TOKEN = 'The security token included in the request is invalid.'

describe('a signed request', () => {
  it('says who, where and when', () => {
    expect(verify(sent()).scope).toEqual({
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      date: '20260102',
      region: 'eu-central-1',
      service: 'kms',
      terminator: 'aws4_request',
    })
  })

  it('may divide its Authorization by commas without blanks', () => {
    const request = sent({
      change: (headers) => {
        headers.authorization = headers.authorization!.replaceAll(', ', ',')
      },
    })
    expect(verify(request).credential).toBe(credential)
  })

  it('may have a Date header of HTTP in place of X-Amz-Date', () => {
    const headers = new Map([
      ['date', 'Fri, 02 Jan 2026 03:04:05 GMT'],
      ['host', 'kms.example'],
    ])
    const names = ['date', 'host']
    const bodyHash = hash('sha256', base.body, 'hex')
    const canonical = canonicalRequest({ ...base, headers }, [], names, bodyHash, 'twice')
    const scope = '20260102/eu-central-1/kms/aws4_request'
    const key = deriveSigningKey(SECRET, { ...signer, date: '20260102' })
    const signature = key.hex(stringToSign('20260102T030405Z', scope, canonical))
    headers.set(
      'authorization',
      `AWS4-HMAC-SHA256 Credential=${signer.accessKeyId}/${scope}, SignedHeaders=date;host, Signature=${signature}`,
    )
    const request = { ...base, query: '', headers }
    expect(verify(request).credential).toBe(credential)
    headers.set('date', 'Fri, 02 Jan 2026 03:04:06 GMT')
    expectRefusal(request, INVALID, MISMATCH)
    headers.set('date', 'the day after')
    expectRefusal(
      request,
      INCOMPLETE,
      "Date must be in ISO-8601 'basic format'. Got 'the day after'. See http://en.wikipedia.org/wiki/ISO_8601",
    )
  })

  it('may hold bytes beyond ASCII in a signed header', () => {
    const name = Buffer.from('Köln\u00a0', 'utf8').toString('latin1')
    const headers = signRequest(
      { ...base, headers: { ...base.headers, 'x-amz-meta': name } },
      signer,
    )
    const request = { ...base, query: '', headers: new Map(Object.entries(headers)) }
    expect(verify(request).credential).toBe(credential)
  })

  it('may repeat its body hash in X-Amz-Content-Sha256, and only the right one', () => {
    const right = hash('sha256', base.body, 'hex')
    const signed = (value: string) => {
      const headers = { ...base.headers, 'x-amz-content-sha256': value }
      const all = signRequest({ ...base, headers }, signer)
      return { ...base, query: '', headers: new Map(Object.entries(all)) }
    }
    expect(verify(signed(right)).credential).toBe(credential)
    const text = "'x-amz-content-sha256' is not the SHA-256 of the request's body."
    expectRefusal(signed(right.replace(/^./, 'g')), INVALID, text)
    expectRefusal(signed('UNSIGNED-PAYLOAD'), INVALID, text)
    const unsignedPayload = { rules: { unsignedPayload: true } }
    expect(verify(signed('UNSIGNED-PAYLOAD'), unsignedPayload).credential).toBe(credential)
  })

  it('of S3 has its path encoded once and as it is', () => {
    const path = '/bucket//a%20b/../%C3%A4'
    const s3: Signer = { ...signer, service: 's3', pathEncoding: 'once' }
    const headers = signRequest({ ...base, path }, s3)
    const request = { ...base, path, query: '', headers: new Map(Object.entries(headers)) }
    const rules: SigningRules = { service: 's3', pathEncoding: 'once', unsignedPayload: true }
    expect(verify(request, { rules }).credential).toBe(credential)
    for (const other of [
      '/bucket/a%20b/../%C3%A4',
      '/bucket//%C3%A4',
      '/bucket//a%20b/..//%C3%A4',
    ]) {
      expectRefusal({ ...request, path: other }, INVALID, MISMATCH, { rules })
    }
    expectRefusal(request, INVALID, MISMATCH, { rules: { ...rules, pathEncoding: 'twice' } })
  })

  it('with a session token is believed when the token is the access key’s own', () => {
    const known = credentialWith('the-token')
    expect(verify(sent({ signer: { sessionToken: 'the-token' } }), { known }).credential).toBe(
      known,
    )
    for (const sessionToken of ['another-token', undefined]) {
      expectRefusal(sent({ signer: { sessionToken } }), UNRECOGNIZED, BAD_TOKEN, { known })
    }
    expectRefusal(sent({ signer: { sessionToken: 'any' } }), UNRECOGNIZED, BAD_TOKEN)
  })

  it('must have signed its session token', () => {
    const known = credentialWith('the-token')
    const change = (headers: Record<string, string>) => {
      headers['x-amz-security-token'] = 'the-token'
    }
    const message = "'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization."
    expectRefusal(sent({ change }), INVALID, message, { known })
  })

  it('with a session token is believed by a key that was kept, too', () => {
    const known = credentialWith('the-token')
    const keys = newKeys()
    const request = sent({ signer: { sessionToken: 'the-token' } })
    for (let i = 0; i < 3; i++) expect(verify(request, { known, keys }).credential).toBe(known)
    expectRefusal(sent(), UNRECOGNIZED, BAD_TOKEN, { known, keys })
    expectRefusal(sent({ signer: { sessionToken: 'other' } }), UNRECOGNIZED, BAD_TOKEN, {
      known,
      keys,
    })
  })

  it('of temporary credentials is refused once they are expired, also by a key that was kept', () => {
    let isExpired = false
    const known = credentialWith('the-token', () => isExpired)
    const keys = newKeys()
    const request = sent({ signer: { sessionToken: 'the-token' } })
    for (let i = 0; i < 2; i++) expect(verify(request, { known, keys }).credential).toBe(known)
    isExpired = true
    const message = 'The security token included in the request is expired'
    expectRefusal(request, 'ExpiredTokenException', message, { known, keys })
  })

  it('without a signature is refused as such', () => {
    const nothing = { ...base, query: '', headers: new Map([['host', 'kms.example']]) }
    const text = 'Missing Authentication Token'
    expectRefusal(nothing, 'MissingAuthenticationTokenException', text)
    for (const authorization of ['Bearer abc', 'AWS id:signature', '']) {
      const headers = new Map([['authorization', authorization]])
      expectRefusal({ ...nothing, headers }, 'MissingAuthenticationTokenException', text)
    }
  })

  it('of an access key that nobody has is refused as such', () => {
    expectRefusal(sent({ signer: { accessKeyId: 'AKIAUNKNOWN' } }), UNRECOGNIZED, BAD_TOKEN)
  })

  it('of another secret is refused, before and after the right one was seen', () => {
    const keys = newKeys()
    const forged = sent({ signer: { secretAccessKey: `${SECRET}x` } })
    expectRefusal(forged, INVALID, MISMATCH, { keys })
    expect(verify(sent(), { keys }).credential).toBe(credential)
    expectRefusal(forged, INVALID, MISMATCH, { keys })
    expect(verify(sent(), { keys }).credential).toBe(credential)
  })

  it('of an access key whose secret was changed is refused, though its signing key is kept', () => {
    const keys = newKeys()
    verify(sent(), { keys })
    const changed = new Credential({
      accessKeyId: signer.accessKeyId,
      secretAccessKey: 'another-secret-access-key-of-40-characters',
      account: '111122223333',
      identity: (region: string) => rootIdentity('111122223333', region),
    })
    expectRefusal(sent(), INVALID, MISMATCH, { keys, known: changed })
  })

  it('signed twice over is refused', () => {
    const { query } = presigned()
    expectRefusal(
      { ...sent(), query },
      INVALID,
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    )
  })
})

describe('the time of a signature', () => {
  it.each([0, -15 * MINUTE, 15 * MINUTE])('may be %i ms off', (offset) => {
    expect(verify(sent(), { now: NOW + offset }).credential).toBe(credential)
  })

  it('must not be more than 15 minutes ago', () => {
    expectRefusal(
      sent(),
      INVALID,
      'Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T031906Z - 15 min.)',
      { now: NOW + 15 * MINUTE + 1000 },
    )
  })

  it('must not be more than 15 minutes ahead', () => {
    expectRefusal(
      sent(),
      INVALID,
      'Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T024904Z + 15 min.)',
      { now: NOW - 15 * MINUTE - 1000 },
    )
  })

  it.each(['', '2026-01-02', '20260102T030405', '20260231T000000Z', '20260102T250000Z', '1e3'])(
    'is not %j',
    (timestamp) => {
      const request = sent({
        change: (headers) => {
          headers['x-amz-date'] = timestamp
        },
      })
      expect(() => verify(request)).toThrow(expect.objectContaining({ code: INCOMPLETE }))
    },
  )
})

describe('the scope of a signature', () => {
  const scoped = (scope: string) =>
    sent({
      change: (headers) => {
        headers.authorization = headers.authorization!.replace(
          /Credential=[^,]*/,
          `Credential=${scope}`,
        )
      },
    })
  const id = signer.accessKeyId

  it('names the service, the day, a region and the terminator, or all is said that it does not', () => {
    expectRefusal(
      scoped(`${id}/20260103/Nowhere!/s3/aws5_request`),
      INVALID,
      "Credential should be scoped to a valid region, not 'Nowhere!'. Credential should be scoped to correct service: 'kms'. Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260103' != '20260102', from '20260102T030405Z'.",
    )
  })

  it.each([
    'AKID',
    `${id}/20260102/eu-central-1/kms`,
    `${id}/20260102/eu-central-1/kms/aws4_request/more`,
    `/20260102/eu-central-1/kms/aws4_request`,
    `${id}//eu-central-1/kms/aws4_request`,
  ])('has five parts, unlike %j', (scope) => {
    expectRefusal(
      scoped(scope),
      INCOMPLETE,
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${scope}'`,
    )
  })

  it('of another region or service does not fit the signature', () => {
    expectRefusal(scoped(`${id}/20260102/us-east-1/kms/aws4_request`), INVALID, MISMATCH)
    expectRefusal(
      sent({ signer: { service: 'sts' } }),
      INVALID,
      "Credential should be scoped to correct service: 'kms'.",
    )
  })

  it('is checked again when its signing key is kept', () => {
    const keys = newKeys()
    verify(sent(), { keys })
    expectRefusal(sent(), INVALID, "Credential should be scoped to correct service: 'sts'.", {
      keys,
      rules: { service: 'sts' },
    })
  })
})

describe('an Authorization header', () => {
  const withAuthorization = (authorization: string, change?: (h: Record<string, string>) => void) =>
    sent({
      change: (headers) => {
        headers.authorization = authorization
        change?.(headers)
      },
    })

  it('has all its parts, or all is said that is missing', () => {
    const request = withAuthorization('AWS4-HMAC-SHA256', (headers) => {
      delete headers['x-amz-date']
    })
    const digest = hash('sha256', 'AWS4-HMAC-SHA256', 'base64')
    expectRefusal(
      request,
      INCOMPLETE,
      `Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (hashed with SHA-256 and encoded with Base64): 'Authorization=${digest}'.`,
    )
  })

  it.each([
    ['AWS4-HMAC-SHA256 Credential', INCOMPLETE],
    ['AWS4-HMAC-SHA256 Credential=a, Credential=b, SignedHeaders=host, Signature=c', INCOMPLETE],
    [`${'AWS4-'.repeat(3000)}`, INCOMPLETE],
    ['AWS4-HMAC-SHA256 =, ==, __proto__=x, constructor=y', INCOMPLETE],
  ])('is refused when it is %s', (authorization, code) => {
    const error = catchError(() => verify(withAuthorization(authorization)))
    expect(error).toMatchObject({ code })
    expect((error as Error).message.length).toBeLessThan(600)
  })

  it('names the one algorithm', () => {
    const request = sent({
      change: (headers) => {
        headers.authorization = headers.authorization!.replace('SHA256', 'SHA1')
      },
    })
    expectRefusal(request, INCOMPLETE, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'.")
  })

  it('signs the host', () => {
    const request = sent({
      change: (headers) => {
        headers.authorization = headers.authorization!.replace('host;', '')
      },
    })
    expectRefusal(
      request,
      INVALID,
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    )
  })

  it('signs every x-amz- header, so that none can be slipped in', () => {
    const request = sent({
      change: (headers) => {
        headers['x-amz-target-2'] = 'TrentService.Encrypt'
      },
    })
    expectRefusal(
      request,
      INVALID,
      "'x-amz-target-2' must be a 'SignedHeader' in the AWS Authorization.",
    )
  })
})

describe('a presigned request', () => {
  it('is believed while it lives', () => {
    const request = presigned({ lifeSeconds: 3600 })
    expect(verify(request).credential).toBe(credential)
    expect(verify(request, { now: NOW + 3_600_000 }).credential).toBe(credential)
    expectRefusal(
      request,
      INVALID,
      'Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T040406Z - 60 min.)',
      { now: NOW + 3_601_000 },
    )
    expectRefusal(
      request,
      INVALID,
      'Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T024904Z + 15 min.)',
      { now: NOW - 901_000 },
    )
  })

  it('with a session token carries it in the query', () => {
    const known = credentialWith('tok/en+=')
    expect(verify(presigned({ signer: { sessionToken: 'tok/en+=' } }), { known }).credential).toBe(
      known,
    )
    expectRefusal(presigned(), UNRECOGNIZED, BAD_TOKEN, { known })
  })

  it.each(['0', '604801', '-1', '1e3', 'soon', ''])('does not live for %j seconds', (expires) => {
    const { query, ...rest } = presigned()
    const changed = query.replace('X-Amz-Expires=60', `X-Amz-Expires=${expires}`)
    expect(() => verify({ ...rest, query: changed })).toThrow(
      expect.objectContaining({ code: INCOMPLETE }),
    )
  })

  it('has all its parameters, or all is said that is missing', () => {
    const request = presigned()
    expectRefusal(
      { ...request, query: 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260102T030405Z' },
      INCOMPLETE,
      "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.",
    )
  })

  it('has each of its parameters once', () => {
    const request = presigned()
    expectRefusal(
      { ...request, query: `${request.query}&X-Amz-Expires=600` },
      INCOMPLETE,
      "AWS query-string parameter 'X-Amz-Expires' is there twice.",
    )
    const endless = `X-Amz-${'x'.repeat(10_000)}`
    expectRefusal(
      { ...request, query: `${request.query}&${endless}=1&${endless}=2` },
      INCOMPLETE,
      `AWS query-string parameter '${endless.slice(0, 512)}…' is there twice.`,
    )
  })

  it.each(['Action=Y', 'Action=X&More=1', 'action=X'])('does not become one for %s', (query) => {
    const request = presigned()
    const changed = { ...request, query: request.query.replace('Action=X', query) }
    expectRefusal(changed, INVALID, MISMATCH)
  })

  it('with a broken escape is refused, not guessed at', () => {
    const request = presigned()
    for (const broken of ['%', '%zz', '%ff', '%C3']) {
      expect(() => verify({ ...request, query: `${request.query}&a=${broken}` })).toThrow(
        expect.objectContaining({ code: 'SerializationException' }),
      )
    }
  })
})

describe('a change on the way', () => {
  const { headers } = sent()
  const authorization = headers.get('authorization')!
  const signatureAt = authorization.indexOf('Signature=') + 'Signature='.length

  it.each(Array.from({ length: 64 }, (_, i) => i))('of digit %i of the signature is seen', (i) => {
    const at = signatureAt + i
    const digit = authorization[at] === '0' ? '1' : '0'
    const changed = authorization.slice(0, at) + digit + authorization.slice(at + 1)
    const request = { ...sent(), headers: new Map(headers).set('authorization', changed) }
    expectRefusal(request, INVALID, MISMATCH)
  })

  it.each(['', 'A', 'a'.repeat(63), 'a'.repeat(65), 'é'.repeat(64)])(
    'of the signature to %j is seen',
    (signature) => {
      const changed = authorization.slice(0, signatureAt) + signature
      const request = { ...sent(), headers: new Map(headers).set('authorization', changed) }
      expect(() => verify(request)).toThrow()
    },
  )

  test.prop([fc.nat(base.body.length - 1), fc.integer({ min: 1, max: 255 })])(
    'of any byte of the body is seen',
    (at, flip) => {
      const body = Buffer.from(base.body)
      body[at]! ^= flip
      expectRefusal({ ...sent(), body }, INVALID, MISMATCH)
    },
  )

  it.each([
    ['method', { method: 'PUT' }],
    ['path', { path: '/x' }],
    ['query', { query: 'a=b' }],
    ['body', { body: Buffer.alloc(0) }],
  ])('of the %s is seen', (_what, change) => {
    expectRefusal({ ...sent(), ...change }, INVALID, MISMATCH)
  })

  it.each(['host', 'x-amz-target', 'x-amz-date'])('of the header %s is seen', (name) => {
    const value = headers.get(name)!
    const other = name === 'x-amz-date' ? '20260102T030406Z' : `${value}x`
    for (const changed of [other, `${value},${value}`]) {
      const request = { ...sent(), headers: new Map(headers).set(name, changed) }
      expect(() => verify(request)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(`${INVALID}|${INCOMPLETE}`) }),
      )
    }
    const without = new Map(headers)
    without.delete(name)
    expect(() => verify({ ...sent(), headers: without })).toThrow()
  })
})

describe('the kept signing keys', () => {
  it('are bounded, and only verified ones are kept', () => {
    const keys = newKeys(2)
    const regions = ['aa-1', 'bb-1', 'cc-1']
    for (const region of regions) verify(sent({ signer: { region } }), { keys })
    const kept = regions.map(
      (region) =>
        keys.find(`${signer.accessKeyId}/20260102/${region}/kms/aws4_request`) !== undefined,
    )
    expect(kept).toEqual([false, true, true])
    const forged = sent({ signer: { region: 'dd-1', secretAccessKey: 'wrong' } })
    expect(() => verify(forged, { keys })).toThrow()
    expect(keys.find(`${signer.accessKeyId}/20260102/cc-1/kms/aws4_request`)).toBeDefined()
    expect(keys.find(`${signer.accessKeyId}/20260102/dd-1/kms/aws4_request`)).toBeUndefined()
  })

  it('are gone when wiped', () => {
    const keys = newKeys()
    verify(sent(), { keys })
    keys.wipe()
    expect(
      keys.find(`${signer.accessKeyId}/20260102/eu-central-1/kms/aws4_request`),
    ).toBeUndefined()
    expect(verify(sent(), { keys }).credential).toBe(credential)
  })
})

describe('a secret access key', () => {
  it('shows in no inspect output and no JSON', () => {
    const shown = inspect(credentialWith('the-token'), { depth: 9, showHidden: true })
    const json = JSON.stringify(credentialWith('the-token'))
    for (const text of [shown, json]) {
      expect(text).toContain(signer.accessKeyId)
      expect(text).not.toContain(SECRET)
      expect(text).not.toContain('the-token')
    }
  })
})

function catchError(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
