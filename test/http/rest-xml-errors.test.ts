import { GetObjectCommand, HeadObjectCommand, S3ServiceException } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { type FaultCode, SealtrailError } from '../../src/errors.js'
import { errorBody } from '../../src/http/protocols/rest-xml/errors.js'
import { clientOf, PROTOCOL, received } from '../support/s3-wire.js'

/** What S3's clients are told, where it is not 400 and the code itself. */
const TOLD: ReadonlyArray<readonly [code: FaultCode, status: number, name?: string]> = [
  ['AccessDeniedException', 403, 'AccessDenied'],
  ['BucketAlreadyExists', 409],
  ['BucketAlreadyOwnedByYou', 409],
  ['BucketNotEmpty', 409],
  ['Closed', 503, 'ServiceUnavailable'],
  ['ConditionalRequestConflict', 409],
  ['DependencyTimeoutException', 500, 'InternalError'],
  ['ExpiredTokenException', 400, 'ExpiredToken'],
  ['InputTooLarge', 400, 'MaxMessageLengthExceeded'],
  ['InputTooSlow', 408, 'RequestTimeout'],
  ['InvalidBucketState', 409],
  ['InvalidObjectState', 403],
  ['InvalidRange', 416],
  ['KMSInternalException', 500, 'InternalError'],
  ['MalformedPolicyDocumentException', 400, 'MalformedPolicy'],
  ['MethodNotAllowed', 405],
  ['MissingContentLength', 411],
  ['NoSuchBucket', 404],
  ['NoSuchBucketPolicy', 404],
  ['NoSuchCORSConfiguration', 404],
  ['NoSuchKey', 404],
  ['NoSuchLifecycleConfiguration', 404],
  ['NoSuchObjectLockConfiguration', 404],
  ['NoSuchPublicAccessBlockConfiguration', 404],
  ['NoSuchTagSet', 404],
  ['NoSuchUpload', 404],
  ['NoSuchVersion', 404],
  ['NotImplemented', 501],
  ['ObjectDamaged', 500, 'InternalError'],
  ['ObjectLockConfigurationNotFoundError', 404],
  ['OwnershipControlsNotFoundError', 404],
  ['PreconditionFailed', 412],
  ['SerializationException', 400, 'InvalidURI'],
  ['ServerSideEncryptionConfigurationNotFoundError', 404],
  ['SlowDown', 503],
  ['StoreDamaged', 500, 'InternalError'],
  ['ThrottlingException', 503, 'SlowDown'],
  ['UnrecognizedClientException', 403, 'InvalidAccessKeyId'],
  ['UnsupportedOperationException', 501, 'NotImplemented'],
  ['ValidationException', 400, 'InvalidArgument'],
]
const AS_IT_IS: readonly FaultCode[] = [
  ...(['AccessControlListNotSupported', 'BadDigest', 'EntityTooLarge', 'EntityTooSmall'] as const),
  ...(['IllegalLocationConstraintException', 'IncompleteBody', 'InvalidArgument'] as const),
  ...(['InvalidBucketName', 'InvalidDigest', 'InvalidPart', 'InvalidPartOrder'] as const),
  ...(['InvalidRequest', 'InvalidStorageClass', 'InvalidTag', 'KeyTooLongError'] as const),
  ...(['MalformedPOSTRequest', 'MalformedXML', 'MetadataTooLarge', 'TooManyBuckets'] as const),
  ...(['XAmzContentSHA256Mismatch', 'KMS.DisabledException', 'KMS.NotFoundException'] as const),
  ...(['KMS.InvalidKeyUsageException', 'KMS.KMSInvalidStateException'] as const),
]
const ALL = [
  ...TOLD.map(([code, status, name = code]) => ({ code, status, name })),
  ...AS_IT_IS.map((code) => ({ code, status: 400, name: code })),
]

const get = new GetObjectCommand({ Bucket: 'logs', Key: 'a<b' })
const head = new HeadObjectCommand({ Bucket: 'logs', Key: 'a' })

async function heardOf(error: unknown, command: GetObjectCommand | HeadObjectCommand = get) {
  const client = clientOf((request) => PROTOCOL.fault(error, request))
  const heard = await client.send(command as GetObjectCommand).catch((one: unknown) => one)
  expect(heard).toBeInstanceOf(S3ServiceException)
  return heard as S3ServiceException & Readonly<Record<string, unknown>>
}

describe('a failure', () => {
  it.each(ALL)('$code has its status and name', async ({ code, status, name }) => {
    const heard = await heardOf(new SealtrailError(code, 'so it is'))
    expect([heard.name, heard.$metadata.httpStatusCode]).toEqual([name, status])
    expect(heard.$metadata.requestId).toBe('1B3F2A449A0E4C5D')
    expect(heard.message).not.toBe('')
  })

  it.each(['NoSuchKey', 'PreconditionFailed', 'AccessDeniedException'] as const)(
    '%s of a HEAD has a status and nothing to read',
    async (code) => {
      const error = new SealtrailError(code, 'so it is')
      const answer = PROTOCOL.fault(error, received({ method: 'HEAD', path: '/logs/a' }))
      expect(answer.body).toBe('')
      const heard = await heardOf(error, head)
      expect(heard.$metadata.httpStatusCode).toBe(answer.status)
    },
  )

  it('of ours is told as one, and no more', () => {
    for (const error of [
      new SealtrailError('ObjectDamaged', 'frame 7 of blob 12', { Blob: 12 }),
      new Error('ENOENT: /var/lib'),
    ]) {
      const { status, body } = PROTOCOL.fault(error, received({ path: '/logs/a' }))
      expect(status).toBe(500)
      expect(body).toContain('<Code>InternalError</Code>')
      expect(body).not.toMatch(/frame|ENOENT|Blob/)
    }
  })

  it('is a document as AWS writes it', () => {
    const error = new SealtrailError('NoSuchKey', 'The specified key does not exist.', {
      Key: 'a<b\u0001',
      bucketId: 'secret',
    })
    const { headers, body } = PROTOCOL.fault(error, received({ path: '/logs/a%3Cb%01' }))
    expect(body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&lt;b&#x1;</Key><Resource>/logs/a&lt;b&#x1;</Resource><RequestId>1B3F2A449A0E4C5D</RequestId><HostId>MWIzZjJhNDQtOWEwZS00YzVkLThlN2YtMDAxMTIyMzM0NDU1</HostId></Error>',
    )
    expect(headers).toEqual(expect.arrayContaining(['Content-Type', 'application/xml']))
  })

  it('names its resource alike in both styles, and the path where it has none', () => {
    const resourceOf = (path: string, host = 'localhost') =>
      PROTOCOL.resourceOf(received({ path, headers: new Map([['host', host]]) }))
    expect(resourceOf('/logs/a/b')).toBe('/logs/a/b')
    expect(resourceOf('/a/b', 'logs.localhost')).toBe('/logs/a/b')
    expect(resourceOf('/logs')).toBe('/logs')
    expect(resourceOf('/')).toBe('/')
    expect(resourceOf('/%zz')).toBe('/%zz')
  })

  it('says in headers what belongs there', () => {
    const error = new SealtrailError('MethodNotAllowed', 'not of a marker', {
      'x-amz-delete-marker': 'true',
      'last-modified': 'Sun, 06 Nov 1994 08:49:37 GMT',
      allow: 'DELETE',
      bytes: 5,
    })
    const { headers, body } = PROTOCOL.fault(error, received({ path: '/logs/a' }))
    expect(headers.join(' ')).toContain('x-amz-delete-marker true last-modified Sun, 06 Nov 1994')
    expect(headers).toContain('allow')
    expect(headers).not.toContain('bytes')
    expect(body).not.toContain('allow')
  })

  it('that is none, as nothing has changed, has headers only', () => {
    const error = new SealtrailError('NotModified', '', { etag: '"e"' })
    const answer = PROTOCOL.fault(error, received({ path: '/logs/a' }))
    expect(answer).toMatchObject({ status: 304, body: '' })
    expect(answer.headers.join(' ')).toMatch(/etag "e"$/)
    expect(answer.headers).not.toContain('Content-Type')
  })

  it('that is found late stands in a body of its own', () => {
    const body = errorBody(new SealtrailError('InvalidPart', 'no'), received(), '/a/b')
    expect(body).toMatch(/^<\?xml .*\n<Error><Code>InvalidPart<\/Code>.*<\/Error>$/)
  })
})
