/** Callers of --auth trust are who they say; what they say must still be a scope. */
import { describe, expect, it } from 'vitest'
import { accountRoot, rootIdentity } from '../../src/service/caller.js'
import { Credential } from '../../src/sigv4/credential.js'
import { trustClaim } from '../../src/sigv4/unsigned.js'

const known = new Credential({
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'secret',
  account: '111122223333',
  identity: (region: string) => rootIdentity('111122223333', region, 'AKIAIOSFODNN7EXAMPLE'),
})
const find = (id: string) => (id === known.accessKeyId ? known : undefined)

function trust(credential: string, service = 'kms') {
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=none`
  const headers = new Map([
    ['authorization', authorization],
    ['x-amz-date', 'any time'],
  ])
  return trustClaim({ query: '', headers }, service, find, '000000000000')
}

describe('a trusted caller', () => {
  it('with 12 digits as access key id is that account', () => {
    const caller = trust('444455556666/20200101/eu-west-1/kms/aws4_request')
    expect(caller).toEqual(accountRoot('444455556666', 'eu-west-1', '444455556666'))
  })

  it('with an id of the credentials file is who it is', () => {
    const caller = trust('AKIAIOSFODNN7EXAMPLE/20200101/eu-west-1/kms/aws4_request')
    expect(caller).toEqual(known.caller('eu-west-1'))
  })

  it('with an id of temporary credentials is a session or nobody', () => {
    const id = 'ASIAIOSFODNN7EXAMPLE'
    let isExpired = false
    const session = new Credential({
      ...{ accessKeyId: id, secretAccessKey: 'secret', sessionToken: 'good' },
      ...{ account: '111122223333', isExpired: () => isExpired },
      identity: (region: string) => rootIdentity('111122223333', region, id),
    })
    const findSession = (_id: string, token?: string) => (token === 'good' ? session : undefined)
    const claim = `AWS4-HMAC-SHA256 Credential=${id}/20200101/eu-west-1/kms/aws4_request, SignedHeaders=host, Signature=none`
    const trustToken = (token: string) => {
      const headers = new Map([
        ['authorization', claim],
        ['x-amz-date', 'any time'],
        ['x-amz-security-token', token],
      ])
      return trustClaim({ query: '', headers }, 'kms', findSession, '000000000000')
    }
    expect(trustToken('good').account).toBe('111122223333')
    const nobody = expect.objectContaining({ code: 'UnrecognizedClientException' })
    expect(() => trustToken('bad')).toThrow(nobody)
    isExpired = true
    const expired = expect.objectContaining({ code: 'ExpiredTokenException' })
    expect(() => trustToken('good')).toThrow(expired)
  })

  it('with any other id belongs to the configured account', () => {
    const caller = trust('test/20200101/us-east-1/kms/aws4_request')
    expect(caller).toMatchObject({ account: '000000000000', accessKeyId: 'test' })
  })

  it.each([
    ['a strange id', 'a b/20200101/us-east-1/kms/aws4_request'],
    ['an id with line breaks', 'a\nb/20200101/us-east-1/kms/aws4_request'],
    ['an endless id', `${'a'.repeat(129)}/20200101/us-east-1/kms/aws4_request`],
    ['a strange region', 'test/20200101/US EAST/kms/aws4_request'],
    ['the scope of another service', 'test/20200101/us-east-1/sts/aws4_request'],
    ['half a scope', 'test/20200101'],
  ])('with %s is refused', (_what, credential) => {
    expect(() => trust(credential)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/Signature|UnrecognizedClient/) }),
    )
  })

  it('without a scope is refused', () => {
    expect(() =>
      trustClaim({ query: '', headers: new Map() }, 'kms', find, '000000000000'),
    ).toThrow(expect.objectContaining({ code: 'MissingAuthenticationTokenException' }))
  })
})

describe('a root user', () => {
  it('is named as the partition of the region names it', () => {
    const answers = ['us-east-1', 'cn-north-1', 'us-gov-west-1'].map(
      (region) => known.caller(region).identity.arn,
    )
    expect(answers).toEqual(
      ['aws', 'aws-cn', 'aws-us-gov'].map((partition) => `arn:${partition}:iam::111122223333:root`),
    )
    expect(known.caller('eu-west-1').identity).toBe(known.caller('us-east-1').identity)
  })
})

describe('what a trusted caller says of itself', () => {
  const endless = 'x'.repeat(100_000)

  it.each([
    ['an endless date', `test/${endless}/us-east-1/kms/aws4_request`],
    ['an endless region', `test/20200101/${endless}/kms/aws4_request`],
    ['an endless terminator', `test/20200101/us-east-1/kms/${endless}`],
    ['an endless scope', endless],
  ])('is not repeated when it is %s', (_what, credential) => {
    let message = endless
    try {
      trust(credential)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message.length).toBeLessThan(2500)
  })
})
