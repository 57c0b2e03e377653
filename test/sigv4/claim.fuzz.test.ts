/** Who a request claims to be from, in headers and query strings that nobody would send. */
import { describe, expect } from 'vitest'
import { canonicalQuery, parseQuery } from '../../src/aws/query-string.js'
import { readClaim, readScope } from '../../src/sigv4/claim.js'
import { fuzz, textNear, unlessRefused } from '../support/fuzz.js'

const CREDENTIAL = 'AKIAIOSFODNN7EXAMPLE/20260102/eu-central-1/kms/aws4_request'
const SIGNATURE = '0123456789abcdef'.repeat(4)
const headers = [
  `AWS4-HMAC-SHA256 Credential=${CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature=${SIGNATURE}`,
  `AWS4-HMAC-SHA256 Credential=${CREDENTIAL},SignedHeaders=host,Signature=${SIGNATURE}`,
]
const queries = [
  `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${CREDENTIAL.replaceAll('/', '%2F')}` +
    `&X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=${SIGNATURE}`,
  'Action=GetCallerIdentity&Version=2011-06-15&a=%C3%A4&b=ü+%2B&c&&=d',
]
const REFUSED = [
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
  'InvalidSignatureException',
  'UnrecognizedClientException',
]

function expectWhole(read: () => ReturnType<typeof readClaim>): void {
  const claim = unlessRefused(REFUSED, read)
  if (claim === undefined) return
  expect(claim.credential).not.toBe('')
  expect(claim.signature).not.toBe('')
  expect(claim.timestamp).not.toBe('')
  expect(claim.lifeSeconds).toBeGreaterThanOrEqual(0)
  const scope = unlessRefused(REFUSED, () => readScope(claim.credential))
  if (scope !== undefined) expect(Object.values(scope).join('/')).toBe(claim.credential)
}

describe('the claim of a request', () => {
  fuzz(textNear(headers), 'in its Authorization is whole, or is refused', (authorization) => {
    expectWhole(() =>
      readClaim(
        new Map([
          ['authorization', authorization],
          ['x-amz-date', '20260102T030405Z'],
        ]),
        [],
      ),
    )
  })

  fuzz(textNear(queries), 'in its query is whole, or is refused', (query) => {
    const pairs = unlessRefused(['SerializationException'], () => parseQuery(query))
    if (pairs !== undefined) expectWhole(() => readClaim(new Map(), pairs))
  })
})

describe('a query string', () => {
  fuzz(textNear(queries), 'has one canonical form, or is refused', (query) => {
    const pairs = unlessRefused(['SerializationException'], () => parseQuery(query))
    if (pairs === undefined) return
    const canonical = canonicalQuery(pairs)
    expect(canonical).toMatch(/^[\w.~%=&-]*$/)
    expect(canonicalQuery(parseQuery(canonical))).toBe(canonical)
  })
})
