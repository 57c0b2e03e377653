/** What a write asks for: what it gets, and AWS's words for what does not fit together. */
import { describe, expect, it } from 'vitest'
import type { Bucket } from '../../../src/s3/buckets/bucket.js'
import {
  checkCustomerKey,
  checkPartKey,
  customerKeyOf,
  sourceKeyMembers,
} from '../../../src/s3/encryption/customer-key.js'
import { sseMembers, sseMembersOfWrite } from '../../../src/s3/encryption/reply.js'
import {
  refuseSseOfRead,
  type SseCSetting,
  type SseMembers,
  sseWanted,
} from '../../../src/s3/encryption/wanted.js'
import type { Call } from '../../../src/service/calls/call.js'
import { caller } from '../../support/kms.js'
import { bucketOf, customerKey, open } from './house.js'

const HEADER = 'x-amz-server-side-encryption'
const put = { caller, operation: 'PutObject' } as Call
const wanted = (
  members: SseMembers,
  bucket: Bucket = bucketOf(),
  sseC: SseCSetting = 'block',
  call = put,
) => sseWanted(call, bucket, 'a/b', members, sseC)
const refused = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    const { code, message, detail } = error as { code: string; message: string; detail: object }
    return { code, message, detail }
  }
  return undefined
}
const argument = (ArgumentValue: string) => ({
  ...{ ArgumentName: HEADER, ArgumentValue },
})
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('a write', () => {
  const kmsDefault = bucketOf({ encryption: { algorithm: 'aws:kms', keyId: 'k', bucketKey: true } })

  it.each<[string, SseMembers, Bucket, object]>([
    ['SSE-S3 when nobody says more', {}, bucketOf(), { algorithm: 'AES256' }],
    [
      'SSE-S3 when it says so',
      { ServerSideEncryption: 'AES256' },
      kmsDefault,
      { algorithm: 'AES256' },
    ],
    ['what its bucket says', {}, kmsDefault, { algorithm: 'aws:kms', keyId: 'k', bucketKey: true }],
    [
      'the key of its bucket without a bucket key, when it says so',
      { BucketKeyEnabled: false },
      kmsDefault,
      { algorithm: 'aws:kms', keyId: 'k', bucketKey: false },
    ],
    [
      'the AWS managed key and the bucket key of its bucket, when it says aws:kms alone',
      { ServerSideEncryption: 'aws:kms' },
      kmsDefault,
      { algorithm: 'aws:kms', bucketKey: true },
    ],
    [
      'its own key and pairs',
      {
        ServerSideEncryption: 'aws:kms',
        SSEKMSKeyId: 'mine',
        SSEKMSEncryptionContext: base64('{"a":"b","__proto__":"c","è":""}'),
      },
      bucketOf(),
      {
        ...{ algorithm: 'aws:kms', keyId: 'mine', bucketKey: false },
        context: JSON.parse('{"a":"b","__proto__":"c","è":""}'),
      },
    ],
  ])('gets %s', (_, members, bucket, expected) => {
    expect(wanted(members, bucket)).toStrictEqual(expected)
  })

  it.each(['rot13', '', 'aws:fsx', 'AWS:KMS', 'aes256'])('is refused the algorithm %j', (given) => {
    expect(refused(() => wanted({ ServerSideEncryption: given }))).toEqual({
      code: 'InvalidArgument',
      message: 'The encryption method specified is not supported',
      detail: argument(given),
    })
  })

  it('is refused two layers, of its own wish or of its bucket', () => {
    const byDefault = bucketOf({ encryption: { algorithm: 'aws:kms:dsse' } })
    const tries = [
      () => wanted({ ServerSideEncryption: 'aws:kms:dsse' }),
      () => wanted({}, byDefault),
    ]
    for (const attempt of tries) expect(refused(attempt)).toMatchObject({ code: 'NotImplemented' })
  })

  it.each<[SseMembers, string]>([
    [{ SSEKMSKeyId: 'k' }, 'null'],
    [{ SSEKMSEncryptionContext: base64('{}') }, 'null'],
    [{ SSEKMSKeyId: 'k', ServerSideEncryption: 'AES256' }, 'AES256'],
    [{ ...customerKey(1), SSEKMSKeyId: 'k' }, 'null'],
  ])('is refused what only aws:kms has: %o', (members, value) => {
    expect(refused(() => wanted(members, open))).toEqual({
      code: 'InvalidArgument',
      message: `Server Side Encryption with AWS KMS managed key requires HTTP header ${HEADER} : aws:kms`,
      detail: argument(value),
    })
  })
})

describe('an encryption context', () => {
  const given = (text: string, key = 'a/b') =>
    refused(() =>
      sseWanted(
        put,
        bucketOf(),
        key,
        { ServerSideEncryption: 'aws:kms', SSEKMSEncryptionContext: text },
        'block',
      ),
    )

  it.each(
    [
      ...[
        '',
        '!',
        'e30',
        '{"a":"b"}',
        base64('[]'),
        base64('null'),
        base64('"a"'),
        base64('{"a":1}'),
      ],
      ...[
        base64('{"a":{}}'),
        base64('{"a":null}'),
        base64('{"a":"\\ud800"}'),
        base64('{"\\udc00":"a"}'),
      ],
      ...[base64('{"a":"b"'), Buffer.from('{"a":"\xff"}', 'latin1').toString('base64')],
    ].filter((text) => text !== 'e30'),
  )('is refused when it is no map of strings: %j', (text) => {
    expect(given(text)).toMatchObject({
      code: 'InvalidArgument',
      message:
        "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map",
      detail: { ArgumentName: 'x-amz-server-side-encryption-context' },
    })
  })

  it.each(['aws:s3:arn', 'AWS:S3:ARN', 'aws-crypto-public-key'])(
    'is refused with a %s of the caller',
    (name) => {
      const told = given(base64(JSON.stringify({ [name]: 'arn:aws:s3:::logs/a/b' })))
      expect(told).toMatchObject({ code: 'InvalidArgument' })
    },
  )

  it('is taken as long as it fits into the header of the object, with its ARN', () => {
    const sized = (size: number, fill = 'x') => base64(JSON.stringify({ a: fill.repeat(size) }))
    expect(given(sized(8000))).toBeUndefined()
    expect(given(sized(4000, 'è'))).toBeUndefined()
    for (const text of [sized(8192), sized(4096, 'è'), sized(8000, 'è'), 'A'.repeat(100_000)]) {
      expect(given(text)).toMatchObject({ code: 'InvalidArgument' })
    }
    expect(given(sized(8000), 'k'.repeat(1024))).toMatchObject({ code: 'InvalidArgument' })
  })
})

describe('SSE-C', () => {
  const good = customerKey(7)

  it('is taken where the bucket does not block it', () => {
    const expected = {
      algorithm: 'customer',
      key: new Uint8Array(32).fill(7),
      keyMd5: good.SSECustomerKeyMD5,
    }
    expect(wanted(good, open)).toStrictEqual(expected)
    expect(wanted(good, bucketOf(), 'allow')).toStrictEqual(expected)
    const none = bucketOf({ encryption: { algorithm: 'aws:kms', blocked: ['NONE'] } })
    expect(wanted(good, none)).toStrictEqual(expected)
  })

  it.each(['PutObject', 'CopyObject', 'CreateMultipartUpload'])(
    'is blocked in new buckets: %s',
    (operation) => {
      const call = { caller, operation } as Call
      const action = operation === 'CopyObject' ? 'CopyObject' : 'PutObject'
      const wrong = { ...good, SSECustomerKeyMD5: 'wrong' }
      const told = {
        code: 'AccessDeniedException',
        message: `User: ${caller.identity.arn} is not authorized to perform: s3:${action} on resource: "arn:aws:s3:::logs/a/b" because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). Please specify a different server-side encryption type`,
      }
      for (const members of [good, wrong]) {
        expect(refused(() => wanted(members, bucketOf(), 'block', call))).toMatchObject(told)
      }
      const blocking = bucketOf({ encryption: { algorithm: 'AES256', blocked: ['SSE-C'] } })
      expect(refused(() => wanted(good, blocking, 'allow', call))).toMatchObject(told)
    },
  )

  const requests =
    'Requests specifying Server Side Encryption with Customer provided keys must provide'
  const short = Buffer.alloc(24, 7)
  const { SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 } = good
  it.each<[string, SseMembers, string]>([
    [
      'no algorithm',
      { SSECustomerKey, SSECustomerKeyMD5 },
      `${requests} a valid encryption algorithm.`,
    ],
    [
      'no key',
      { SSECustomerAlgorithm, SSECustomerKeyMD5 },
      `${requests} an appropriate secret key.`,
    ],
    [
      'no MD5',
      { SSECustomerAlgorithm, SSECustomerKey },
      `${requests} the client calculated MD5 of the secret key.`,
    ],
    [
      'the MD5 of another key',
      { ...good, SSECustomerKeyMD5: customerKey(8).SSECustomerKeyMD5 },
      'The calculated MD5 hash of the key did not match the hash that was provided.',
    ],
    [
      'a key of another length, and another MD5',
      { ...good, SSECustomerKey: short.toString('base64') },
      'The calculated MD5 hash of the key did not match the hash that was provided.',
    ],
    [
      'a key that is far too long',
      { ...good, SSECustomerKey: 'A'.repeat(5000) },
      'The calculated MD5 hash of the key did not match the hash that was provided.',
    ],
    [
      'a key of another length',
      {
        ...good,
        SSECustomerKey: short.toString('base64'),
        SSECustomerKeyMD5: 'vylCkTKYlqY5daEKgBKllA==',
      },
      'The secret key was invalid for the specified algorithm.',
    ],
  ])('is refused with %s', (_, members, message) => {
    const told = refused(() => wanted(members, open))
    expect(told).toEqual({ code: 'InvalidArgument', message, detail: argument('null') })
  })

  it('is refused with another algorithm, or beside another encryption', () => {
    expect(refused(() => wanted({ ...good, SSECustomerAlgorithm: 'AES128' }, open))).toEqual({
      code: 'InvalidEncryptionAlgorithmError',
      message: 'The Encryption request you specified is not valid. Supported value: AES256.',
      detail: argument('AES128'),
    })
    const both = { ...good, ServerSideEncryption: 'AES256', SSECustomerAlgorithm: 'AES128' }
    expect(refused(() => wanted(both, open))).toEqual({
      code: 'InvalidArgument',
      message:
        'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
      detail: argument('AES256'),
    })
  })

  it('is asked of the source of a copy by the same rules', () => {
    const source = {
      CopySourceSSECustomerAlgorithm: 'AES256',
      CopySourceSSECustomerKey: SSECustomerKey,
      CopySourceSSECustomerKeyMD5: SSECustomerKeyMD5,
    }
    expect(customerKeyOf(sourceKeyMembers(source))?.keyMd5).toBe(SSECustomerKeyMD5)
    expect(customerKeyOf(sourceKeyMembers({}))).toBeUndefined()
  })
})

describe('a read', () => {
  const key = Buffer.alloc(32, 7)
  const sse = { algorithm: 'customer', keyMd5: customerKey(7).SSECustomerKeyMD5 } as const

  it('needs the key of an object under SSE-C, and only of such', () => {
    expect(() => checkCustomerKey(sse, key)).not.toThrow()
    expect(refused(() => checkCustomerKey(sse, undefined))).toMatchObject({
      code: 'InvalidRequest',
      message:
        'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    })
    expect(refused(() => checkCustomerKey(sse, Buffer.alloc(32, 8)))).toMatchObject({
      code: 'AccessDeniedException',
      message:
        'Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key.',
    })
    expect(refused(() => checkCustomerKey({ algorithm: 'AES256' }, key))).toMatchObject({
      code: 'InvalidRequest',
      message: 'The encryption parameters are not applicable to this object.',
    })
  })

  it('chooses no encryption', () => {
    expect(() => refuseSseOfRead(undefined)).not.toThrow()
    expect(refused(() => refuseSseOfRead('aws:kms'))).toEqual({
      code: 'InvalidArgument',
      message: `${HEADER} header is not supported for this operation.`,
      detail: argument('aws:kms'),
    })
  })

  it('is answered with what the object has, a write with its pairs, too', () => {
    const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/k'
    const context = { team: 'blue' }
    const kms = { algorithm: 'aws:kms', keyArn, bucketKey: true, context } as const
    const shown = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn, BucketKeyEnabled: true }
    expect(sseMembers(kms)).toStrictEqual(shown)
    expect(sseMembersOfWrite(kms)).toStrictEqual({
      ...shown,
      SSEKMSEncryptionContext: base64('{"team":"blue"}'),
    })
    const plain = { algorithm: 'aws:kms', keyArn, bucketKey: false } as const
    expect(sseMembersOfWrite(plain)).toStrictEqual({
      ...{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn },
    })
    expect(sseMembers({ algorithm: 'AES256' })).toStrictEqual({ ServerSideEncryption: 'AES256' })
    expect(sseMembers(sse)).toStrictEqual({
      ...{ SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: sse.keyMd5 },
    })
  })
})

describe('a part of an upload', () => {
  const key = Buffer.alloc(32, 7)
  const sse = { algorithm: 'customer', keyMd5: customerKey(7).SSECustomerKeyMD5 } as const
  const initiate =
    'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.'

  it('comes under the key that the upload was begun with', () => {
    expect(() => checkPartKey(sse, key)).not.toThrow()
    expect(() => checkPartKey({ algorithm: 'AES256' }, undefined)).not.toThrow()
    const told = { code: 'InvalidRequest', message: initiate }
    expect(refused(() => checkPartKey(sse, undefined))).toMatchObject(told)
    expect(refused(() => checkPartKey({ algorithm: 'AES256' }, key))).toMatchObject(told)
    expect(refused(() => checkPartKey(sse, Buffer.alloc(32, 8)))).toMatchObject({
      code: 'InvalidRequest',
      message: 'The provided encryption parameters did not match the ones used originally.',
    })
  })
})
