import { describe, expect, it } from 'vitest'
import { httpFactsOf } from '../../src/http/doors/http-facts.js'

const REQUEST_ID = '3d9e66cc-1a5b-4d3c-9a52-ba1b2a5a0001'
const address = { bucket: 'b', key: 'k' }
/** As its answer tells it, and what it is about. */
const IDS = {
  address,
  requestId: '3D9E66CC1A5B4D3C',
  hostId: 'M2Q5ZTY2Y2MtMWE1Yi00ZDNjLTlhNTItYmExYjJhNWEwMDAx',
}

const facts = (headers: Record<string, string>, query = '') =>
  httpFactsOf({ headers: new Map(Object.entries(headers)), query, requestId: REQUEST_ID }, address)

describe('what a request to S3 is known by', () => {
  it('is its host and its header, when that holds the signature', () => {
    const hash = 'a'.repeat(64)
    const headers = { host: 'b.s3.local', authorization: 'AWS4', 'x-amz-content-sha256': hash }
    expect(facts(headers, 'X-Amz-Date=20260102T030000Z')).toEqual({
      ...{ ...IDS, host: 'b.s3.local', authType: 'REST-HEADER', contentSha256: hash },
    })
    expect(facts({ authorization: 'AWS4' })).toEqual({
      ...{ ...IDS, host: '', authType: 'REST-HEADER' },
    })
  })

  it('is when it was signed, when its URL holds the signature', () => {
    const query =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260102T030000Z&X-Amz-Expires=9&X-Amz-Signature=00&X-Amz-Security-Token=secret'
    expect(facts({ host: 'h' }, query)).toEqual({
      ...{ ...IDS, host: 'h', authType: 'REST-QUERY-STRING', contentSha256: 'UNSIGNED-PAYLOAD' },
      presigned: {
        ...{ 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256', 'X-Amz-Date': '20260102T030000Z' },
        'X-Amz-Expires': '9',
      },
      presignedAt: Date.UTC(2026, 0, 2, 3),
    })
    expect(facts({ host: 'h' }, 'X-Amz-Date=20261302T030000Z')).not.toHaveProperty('presignedAt')
  })

  it('is the same, however its URL is escaped', () => {
    const presignedAt = Date.UTC(2026, 0, 2, 3)
    for (const query of ['X-Amz-Date=20260102%54030000Z', 'X%2DAmz-Date=20260102T030000Z']) {
      expect(facts({ host: 'h' }, query)).toMatchObject({ presignedAt })
    }
  })

  it('is what it says of its body, wherever it says it', () => {
    const query = 'X-Amz-Content-Sha256=UNSIGNED-PAYLOAD'
    expect(facts({ authorization: 'AWS4' }, query)).toMatchObject({
      contentSha256: 'UNSIGNED-PAYLOAD',
    })
  })

  it('is no more of the host than a name can be', () => {
    expect(facts({ host: 'h'.repeat(5000) }).host).toHaveLength(255)
  })
})
