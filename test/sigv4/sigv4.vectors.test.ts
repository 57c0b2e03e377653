/** AWS's SigV4 test suite: every step of signing, and each signed request taken as a whole. */

import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseQuery } from '../../src/aws/query-string.js'
import { canonicalRequest, stringToSign } from '../../src/sigv4/canonical-request.js'
import { readClaim } from '../../src/sigv4/claim.js'
import { nativeSignatures } from '../../src/sigv4/native-signatures.js'
import { signRequest } from '../../src/sigv4/sign-request.js'
import { deriveSigningKey, SigningKeys } from '../../src/sigv4/signing-keys.js'
import { verifySignature } from '../../src/sigv4/verify-signature.js'
import { SUITE_NOW, SUITE_RULES, SUITE_SECRET, suite, suiteCredential } from './sigv4-suite.js'

const scope = { date: '20150830', region: 'us-east-1', service: 'service' }
const scopeText = '20150830/us-east-1/service/aws4_request'

describe('the SigV4 test suite', () => {
  it('has all its cases', () => {
    expect(suite.length).toBe(34)
  })
})

describe.each(suite)('the SigV4 case $name', (one) => {
  const { signed } = one
  const claim = readClaim(signed.headers, parseQuery(signed.query))

  it('has the canonical request of the suite', () => {
    const payloadHash = hash('sha256', signed.body!, 'hex')
    expect(canonicalRequest(signed, claim.pairs, claim.signedHeaders, payloadHash, 'twice')).toBe(
      one.canonicalRequest,
    )
  })

  it('has the string to sign of the suite', () => {
    expect(stringToSign('20150830T123600Z', scopeText, one.canonicalRequest)).toBe(one.stringToSign)
  })

  it('has the signature of the suite', () => {
    const key = deriveSigningKey(SUITE_SECRET, scope)
    expect(one.authorization).toContain(`Signature=${key.hex(one.stringToSign)}`)
  })

  it('is believed as a whole request, if its session token was there when it was signed', () => {
    const credential = suiteCredential(signed)
    const signingKeys = new SigningKeys(nativeSignatures())
    const isWhole = one.name !== 'post-sts-header-after'
    // By a fresh signing key, and by a kept one.
    for (let i = 0; i < 2; i++) {
      const verify = () =>
        verifySignature(signed, SUITE_RULES, () => credential, signingKeys, SUITE_NOW)
      if (isWhole) expect(verify().credential).toBe(credential)
      else expect(verify).toThrow("'x-amz-security-token' must be a 'SignedHeader'")
      if (isWhole) expect(verify().scope).toMatchObject({ accessKeyId: 'AKIDEXAMPLE', ...scope })
    }
  })

  it('is signed by us as the suite signs it', () => {
    const headers = Object.fromEntries(signed.headers)
    const isTokenSigned = claim.signedHeaders.includes('x-amz-security-token')
    delete headers.authorization
    if (!isTokenSigned) delete headers['x-amz-security-token']
    const sent = signRequest(
      { ...signed, body: signed.body!, headers },
      { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SUITE_SECRET, ...scope, now: SUITE_NOW },
    )
    expect(sent.authorization).toBe(one.authorization)
  })
})
