import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { streamOf } from '../../src/aws/forms/streams.js'
import { S3 } from '../../src/aws/models/s3.gen.js'
import { SealtrailError } from '../../src/errors.js'
import { bucketOfHost } from '../../src/http/protocols/rest-xml/address.js'
import { S3_API } from '../../src/s3/model.js'
import { HOSTS, PROTOCOL, received } from '../support/s3-wire.js'

const XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'

interface Sent {
  readonly method?: string
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

function requestOf({ method = 'GET', target, headers = {}, body = '' }: Sent) {
  const [path = '', ...query] = target.split('?')
  return received({
    method,
    path,
    query: query.join('?'),
    headers: new Map(Object.entries({ host: 'localhost:4599', ...headers })),
    body: Buffer.from(body as string),
  })
}

function operationOf(sent: Sent): string {
  return PROTOCOL.ask(requestOf(sent)).operation.name
}

function inputOf(sent: Sent) {
  const request = requestOf(sent)
  const { isStream, read } = PROTOCOL.ask(request)
  return read(isStream ? streamOf(request.body) : request.body).input as Record<string, never>
}

function refusalOf(work: () => unknown): { code: string; message: string; detail: object } {
  try {
    work()
  } catch (error) {
    if (error instanceof SealtrailError) return error
    throw error
  }
  throw new Error('it was not refused')
}

const OTHERS = Object.entries(S3.otherRoutes).filter(([name]) => name !== 'ListDirectoryBuckets')

describe('an operation that is not served', () => {
  it.each(OTHERS)('is refused by its name: %s', (name, { method, at, constant, query }) => {
    const path = at === 'bucket' ? '/logs' : '/logs/a'
    const parameters = [...constant, ...query.map((one) => `${one}=1`)]
    const refusal = refusalOf(() =>
      operationOf({ method, target: `${path}?${parameters.join('&')}` }),
    )
    expect(refusal).toMatchObject({
      code: 'NotImplemented',
      message: expect.stringContaining(name),
    })
  })

  it("is refused by its name: a browser's upload", () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' }
    const refusal = refusalOf(() => operationOf({ method: 'POST', target: '/logs', headers }))
    expect(refusal).toMatchObject({
      code: 'NotImplemented',
      message: expect.stringContaining('PostObject'),
    })
  })
})

describe('a request', () => {
  it.each([
    ['GET', '/', 'ListBuckets'],
    ['GET', '/?x-id=ListBuckets', 'ListBuckets'],
    ['GET', '/logs', 'ListObjects'],
    ['GET', '/logs/', 'ListObjects'],
    ['GET', '/logs?list-type=2', 'ListObjectsV2'],
    ['GET', '/logs?acl', 'GetBucketAcl'],
    ['GET', '/logs?acl=', 'GetBucketAcl'],
    ['GET', '/logs?unknown=1', 'ListObjects'],
    ['GET', '/logs//', 'GetObject'],
    ['GET', '/logs/a?partNumber=2', 'GetObject'],
    ['GET', '/logs/a?uploadId=u', 'ListParts'],
    ['PUT', '/logs/a', 'PutObject'],
    ['PUT', '/logs/a?x-id=PutObject', 'PutObject'],
    ['PUT', '/logs/a?uploadId=u&partNumber=1', 'UploadPart'],
    ['POST', '/logs/a?uploadId=u', 'CompleteMultipartUpload'],
    ['POST', '/logs/a?uploads', 'CreateMultipartUpload'],
    ['DELETE', '/logs/a?uploadId=u', 'AbortMultipartUpload'],
    ['DELETE', '/logs/a?versionId=v', 'DeleteObject'],
  ])('%s %s is for %s', (method, target, name) => {
    expect(operationOf({ method, target })).toBe(name)
  })

  it.each([
    ['/logs/a', 'CopyObject'],
    ['/logs/a?uploadId=u&partNumber=1', 'UploadPartCopy'],
  ])('of PUT %s with a source is for %s, wherever the source stands', (target, name) => {
    const headers = { 'x-amz-copy-source': 'other/a' }
    expect(operationOf({ method: 'PUT', target, headers })).toBe(name)
    const joint = target.includes('?') ? '&' : '?'
    const presigned = `${target}${joint}x-amz-copy-source=other%2Fa`
    expect(operationOf({ method: 'PUT', target: presigned })).toBe(name)
    expect(inputOf({ method: 'PUT', target: presigned }).CopySource).toBe('other/a')
  })

  it.each([
    ['PUT', '/logs/a?uploadId=u', 'MethodNotAllowed'],
    ['PUT', '/logs/a?partNumber=1', 'MethodNotAllowed'],
    ['POST', '/logs/a', 'MethodNotAllowed'],
    ['POST', '/logs?acl', 'MethodNotAllowed'],
    ['DELETE', '/', 'MethodNotAllowed'],
    ['HEAD', '/', 'MethodNotAllowed'],
    ['PATCH', '/logs/a', 'MethodNotAllowed'],
    ['HEAD', '/logs/a?acl', 'MethodNotAllowed'],
    ['GET', '/logs/a?versions', 'InvalidRequest'],
    ['PUT', '/logs/a?policy', 'InvalidRequest'],
    ['GET', '/logs?acl&policy', 'InvalidArgument'],
    ['PUT', '/logs/a?acl&tagging', 'InvalidArgument'],
    ['DELETE', '/logs/a?uploadId=u&tagging', 'InvalidArgument'],
    ['GET', '/logs?list-type=1', 'InvalidArgument'],
  ])('%s %s is for nobody: %s', (method, target, code) => {
    expect(refusalOf(() => operationOf({ method, target })).code).toBe(code)
  })

  it.each([
    '/logs?prefix=a&prefix=b',
    '/logs?acl&acl',
    '/logs/a?versionId=1&versionId=2',
    '/logs/a?uploadId=u&uploadId=v',
  ])('that says the same twice is refused: %s', (target) => {
    expect(refusalOf(() => inputOf({ target })).code).toBe('InvalidArgument')
  })

  it.each([
    '/logs/%',
    '/logs/%zz',
    '/logs/%ff',
    '/logs/%c3%28',
    '/%ff',
    '/logs/\xff',
    '/logs?prefix=%',
  ])('whose target cannot be decoded is refused: %s', (target) => {
    expect(refusalOf(() => operationOf({ target })).code).toBe('SerializationException')
  })
})

describe('any request at all', () => {
  const query = fc.array(
    fc.tuple(
      fc.constantFrom(
        'acl',
        'uploads',
        'uploadId',
        'partNumber',
        'list-type',
        'delete',
        'max-keys',
        'x-amz-acl',
        'a',
      ),
      fc.constantFrom('', '=', '=1', '=2', '=%', '=%00', '=\xff', '=private', '=-1'),
    ),
    { maxLength: 3 },
  )
  const names = fc.constantFrom(
    ...['x-amz-copy-source', 'x-amz-meta-', 'x-amz-meta-a', 'content-length', 'expires', 'range'],
    ...[
      'if-match',
      'if-modified-since',
      'x-amz-tagging',
      'x-amz-object-attributes',
      'content-type',
    ],
  )
  const byte = fc.string({
    unit: fc.integer({ min: 1, max: 255 }).map((n) => String.fromCharCode(n)),
  })

  it('is understood or refused, and told apart from a defect', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', ''),
        fc.oneof(byte, fc.constantFrom('logs', 'logs/a', 'logs/%2e', '/', '')),
        query,
        fc.dictionary(names, byte),
        fc.constantFrom(
          'localhost',
          'logs.localhost',
          '.localhost',
          '',
          '[::1]',
          '.s3.amazonaws.com',
        ),
        byte,
        (method, path, pairs, more, host, body) => {
          const target = `/${path.replaceAll('?', '')}?${pairs.map((pair) => pair.join('')).join('&')}`
          const sent = { method, target, headers: { ...more, host }, body }
          const request = requestOf(sent)
          expect(PROTOCOL.label(request)).toMatch(/^[A-Za-z0-9]*$/)
          try {
            expect(inputOf(sent)).toBeTypeOf('object')
          } catch (error) {
            expect(error).toBeInstanceOf(SealtrailError)
            expect(PROTOCOL.fault(error, request).status).not.toBe(500)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('a key', () => {
  it.each([
    ['/logs/..', '..'],
    ['/logs/../../etc', '../../etc'],
    ['/logs/%2e%2e/x', '../x'],
    ['/logs//a', '/a'],
    ['/logs/a//', 'a//'],
    ['/logs/a%2Fb', 'a/b'],
    ['/logs/a%252Fb', 'a%2Fb'],
    ['/logs/a+b', 'a+b'],
    ['/logs/%00', '\u0000'],
    ['/logs/%F0%9F%92%A5', '💥'],
    ['/logs/\xc3\xbc', 'ü'],
  ])('of %s is %j', (target, key) => {
    expect(inputOf({ target })).toMatchObject({ Bucket: 'logs', Key: key })
  })

  it('survives being percent-encoded, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }), (key) => {
        fc.pre(key.isWellFormed())
        expect(inputOf({ target: `/logs/${encodeURIComponent(key)}` }).Key).toBe(key)
      }),
    )
  })

  it('has at most 1,024 bytes of UTF-8', () => {
    const [most, tooMuch] = ['ü'.repeat(512), `${'ü'.repeat(512)}a`]
    expect(inputOf({ target: `/logs/${encodeURIComponent(most)}` }).Key).toBe(most)
    const refusal = refusalOf(() => operationOf({ target: `/logs/${encodeURIComponent(tooMuch)}` }))
    expect(refusal).toMatchObject({
      code: 'KeyTooLongError',
      message: 'Your key is too long',
      detail: { Size: 1025, MaxSizeAllowed: 1024 },
    })
  })
})

describe('the bucket of a host', () => {
  it.each([
    ['localhost:4599', ''],
    ['127.0.0.1:4599', ''],
    ['[::1]:4599', ''],
    ['sealtrail.example:4599', ''],
    ['logs.localhost:4599', 'logs'],
    ['LOGS.localhost', 'logs'],
    ['my.logs.localhost', 'my.logs'],
    ['s3.localhost', ''],
    ['logs.s3.localhost:4599', 'logs'],
    ['s3.eu-west-1.localhost', ''],
    ['logs.s3.eu-west-1.localhost', 'logs'],
    ['s3.amazonaws.com', ''],
    ['s3.eu-west-1.amazonaws.com', ''],
    ['s3-eu-west-1.amazonaws.com', ''],
    ['logs.s3.amazonaws.com', 'logs'],
    ['logs.s3.eu-west-1.amazonaws.com', 'logs'],
    ['logs.s3-eu-west-1.amazonaws.com', 'logs'],
    ['logs.s3.dualstack.us-gov-west-1.amazonaws.com', 'logs'],
    ['my.s3.logs.s3.cn-north-1.amazonaws.com.cn', 'my.s3.logs'],
    ['kms.eu-west-1.amazonaws.com', ''],
    ['logs.s3.amazonaws.com.example', ''],
    ['', ''],
  ])('%j is %j', (host, bucket) => {
    expect(bucketOfHost(host, HOSTS)).toBe(bucket)
  })

  it('leaves the whole path to the key', () => {
    const headers = { host: 'logs.localhost:4599' }
    expect(inputOf({ target: '/a/b', headers })).toMatchObject({ Bucket: 'logs', Key: 'a/b' })
    expect(inputOf({ target: '//a', headers })).toMatchObject({ Bucket: 'logs', Key: '/a' })
    expect(operationOf({ target: '/', headers })).toBe('ListObjects')
  })
})

describe('a header or a parameter', () => {
  const put = (headers: Readonly<Record<string, string>>) => ({
    method: 'PUT',
    target: '/logs/a',
    headers,
  })

  it.each([
    ['x-amz-acl', 'mine', 'InvalidArgument'],
    ['x-amz-storage-class', 'COLD', 'InvalidStorageClass'],
    ['x-amz-server-side-encryption', 'AES128', 'InvalidArgument'],
    ['x-amz-server-side-encryption', '', 'InvalidArgument'],
    ['x-amz-server-side-encryption-bucket-key-enabled', 'yes', 'InvalidArgument'],
    ['x-amz-object-lock-mode', 'FOREVER', 'InvalidArgument'],
    ['x-amz-object-lock-legal-hold', 'on', 'InvalidArgument'],
    ['x-amz-object-lock-retain-until-date', 'tomorrow', 'InvalidArgument'],
    ['x-amz-sdk-checksum-algorithm', 'CRC31', 'InvalidRequest'],
    ['x-amz-write-offset-bytes', '1.5', 'InvalidArgument'],
    ['x-amz-write-offset-bytes', '9007199254740993', 'InvalidArgument'],
  ])('%s: %s is refused: %s', (name, value, code) => {
    const refusal = refusalOf(() => inputOf(put({ [name]: value })))
    expect(refusal).toMatchObject({ code, detail: { ArgumentName: name, ArgumentValue: value } })
  })

  it.each([
    '/logs?max-keys=many',
    '/logs?max-keys=1e3',
    '/logs?max-keys=2147483648',
    '/logs?encoding-type=base64',
    '/logs/a?partNumber=first',
    '/logs/a?versionId=',
    '/logs/a?response-content-disposition=a%0d%0aSet-Cookie:b',
    '/logs/a?response-content-type=%E4%B8%AD',
  ])('of %s is refused', (target) => {
    expect(refusalOf(() => inputOf({ target })).code).toBe('InvalidArgument')
  })

  it('that is empty where a number or a choice would be is not there', () => {
    const input = inputOf({ target: '/logs?max-keys=&encoding-type=&prefix=' })
    expect(input).toEqual({ Bucket: 'logs', Prefix: '' })
  })

  it('of a condition that is no time is no condition', () => {
    const headers = { 'if-modified-since': 'yesterday', 'if-none-match': '"a"' }
    expect(inputOf({ target: '/logs/a', headers })).toEqual({
      Bucket: 'logs',
      Key: 'a',
      IfNoneMatch: '"a"',
    })
  })

  it.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    '1994-11-06T08:49:37Z',
    '1994-11-06T08:49:37.000Z',
    '1994-11-06T09:49:37+01:00',
    '1994-11-06T08:49:37',
  ])('may say a time as %s', (text) => {
    const input = inputOf({ target: '/logs/a', headers: { 'if-modified-since': text } })
    expect(input.IfModifiedSince).toEqual(new Date('1994-11-06T08:49:37Z'))
  })

  it('may be a date that is none, where S3 repeats what it is given', () => {
    expect(inputOf(put({ expires: '0' })).Expires).toBe('0')
  })

  it('may hold a size beyond 32 bits', () => {
    expect(inputOf(put({ 'content-length': '54975581388800' })).ContentLength).toBe(54975581388800)
  })

  it('of a presigned URL stands in the query, and the header wins', () => {
    const target = '/logs/a?X-Amz-Acl=private&x-amz-meta-tenant=acme&x-amz-meta-job=1'
    const input = inputOf({ method: 'PUT', target, headers: { 'x-amz-meta-job': '2' } })
    expect(input).toMatchObject({ ACL: 'private', Metadata: { tenant: 'acme', job: '2' } })
  })
})

describe('metadata', () => {
  const metadataOf = (value: string) => {
    const headers = { 'x-amz-meta-tenant': value }
    return inputOf({ method: 'PUT', target: '/logs/a', headers }).Metadata!['tenant' as never]
  }
  const headerOf = (value: string) => {
    const output = { Metadata: { tenant: value } }
    const { headers } = PROTOCOL.write(S3_API.operation('HeadObject')!, output, received())
    return headers[headers.indexOf('x-amz-meta-tenant') + 1]!
  }

  it.each([
    ['acme', 'acme'],
    ['=?UTF-8?B?w7xi?=', 'üb'],
    ['=?utf-8?Q?=C3=BCb_er?=', 'üb er'],
    ['=?UTF-8?B?w7w=?= =?UTF-8?B?Yg==?=', 'üb'],
    ['=?ISO-8859-1?Q?a?=', '=?ISO-8859-1?Q?a?='],
    ['=?UTF-8?B?', '=?UTF-8?B?'],
    ['\xfc', 'ü'],
    ['__proto__', '__proto__'],
  ])('sent as %j is %j', (sent, value) => {
    expect(metadataOf(sent)).toBe(value)
  })

  it('is told as it was meant, in nothing but ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        fc.pre(!value.startsWith('=?') && value.isWellFormed())
        expect(headerOf(value)).toMatch(/^[\t\x20-\x7e]*$/)
        expect(metadataOf(headerOf(value))).toBe(value)
      }),
    )
  })

  it('of the name __proto__ is a name like any other', () => {
    const headers = { 'x-amz-meta-__proto__': 'a' }
    const { Metadata } = inputOf({ method: 'PUT', target: '/logs/a', headers })
    expect(Object.entries(Metadata!)).toEqual([['__proto__', 'a']])
  })
})

describe('a document', () => {
  const remove = (body: string | Buffer) =>
    inputOf({ method: 'POST', target: '/logs?delete', body })
  const key = '<Object><Key>a</Key></Object>'

  it.each([
    ['plain', `<Delete>${key}</Delete>`],
    ['of the namespace', `<Delete ${XMLNS}>${key}</Delete>`],
    [
      'with a prefix',
      `<s:Delete xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/"><s:Object><s:Key>a</s:Key></s:Object></s:Delete>`,
    ],
    ['with a head', `<?xml version="1.0" encoding="UTF-8"?>\n<Delete>${key}</Delete>\n`],
    ['with a byte order mark', `\ufeff<Delete>${key}</Delete>`],
    [
      'with blanks and comments',
      `<Delete>\n  <!-- all -->\n  <Object> <Key>a</Key> </Object>\n</Delete>`,
    ],
    ['with CDATA', '<Delete><Object><Key><![CDATA[a]]></Key></Object></Delete>'],
    ['with references', '<Delete><Object><Key>&#97;</Key></Object></Delete>'],
  ])('is understood: %s', (_, body) => {
    expect(remove(body)).toMatchObject({ Delete: { Objects: [{ Key: 'a' }] } })
  })

  it('keeps what a key has', () => {
    const body =
      '<Delete><Object><Key> &lt;a&amp;&#13;&#10;&quot;b&apos;&gt; </Key></Object></Delete>'
    expect(remove(body)).toMatchObject({ Delete: { Objects: [{ Key: ' <a&\r\n"b\'> ' }] } })
  })

  const laughs = Array.from(
    { length: 9 },
    (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`,
  ).join('')

  it.each([
    ['no XML', 'hello'],
    ['JSON', '{"Delete":{}}'],
    ['nothing but blanks', '  \n'],
    ['cut short', `<Delete>${key}`],
    ['two roots', `<Delete>${key}</Delete><Delete/>`],
    ['text behind it', `<Delete>${key}</Delete>x`],
    ['tags that cross', '<Delete><Object><Key>a</Object></Key></Delete>'],
    ['another root', `<Remove>${key}</Remove>`],
    ['a root of a prefix nobody declared', `<s:Delete>${key}</s:Delete>`],
    ['an element nobody knows', `<Delete>${key}<Force>true</Force></Delete>`],
    ['an element twice', `<Delete>${key}<Quiet>true</Quiet><Quiet>true</Quiet></Delete>`],
    ['a structure in a text', '<Delete><Object><Key><Key>a</Key></Key></Object></Delete>'],
    ['text in a structure', `<Delete>x${key}</Delete>`],
    ['a boolean that is none', `<Delete>${key}<Quiet>yes</Quiet></Delete>`],
    ['a number that is none', '<Delete><Object><Key>a</Key><Size>1e3</Size></Object></Delete>'],
    [
      'a number beyond all numbers',
      '<Delete><Object><Key>a</Key><Size>9007199254740993</Size></Object></Delete>',
    ],
    [
      'a time that is none',
      '<Delete><Object><Key>a</Key><LastModifiedTime>now</LastModifiedTime></Object></Delete>',
    ],
    ['without what it must have', '<Delete><Object></Object></Delete>'],
    ['an empty key', '<Delete><Object><Key></Key></Object></Delete>'],
    ['a document type', `<!DOCTYPE Delete><Delete>${key}</Delete>`],
    [
      'an entity of a file',
      '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Delete><Object><Key>&x;</Key></Object></Delete>',
    ],
    ['an entity nobody declared', '<Delete><Object><Key>&nbsp;</Key></Object></Delete>'],
    [
      'a billion laughs',
      `<!DOCTYPE d [<!ENTITY l0 "ha">${laughs}]><Delete><Object><Key>&l9;</Key></Object></Delete>`,
    ],
    ['XML 1.1', `<?xml version="1.1"?><Delete>${key}</Delete>`],
    ['another encoding', `<?xml version="1.0" encoding="ISO-8859-1"?><Delete>${key}</Delete>`],
    ['a character that XML does not have', '<Delete><Object><Key>&#0;</Key></Object></Delete>'],
    ['a raw control character', '<Delete><Object><Key>\u0001</Key></Object></Delete>'],
    ['an attribute without quotes', `<Delete a=b>${key}</Delete>`],
    ['an attribute twice', `<Delete a="1" a="2">${key}</Delete>`],
    ['nested without end', `<Delete>${'<Object>'.repeat(100_000)}`],
    ['too many items', `<Delete>${'<Object><Key>a</Key></Object>'.repeat(20_001)}</Delete>`],
  ])('is refused: %s', (_, body) => {
    expect(refusalOf(() => remove(body))).toMatchObject({
      code: 'MalformedXML',
      message:
        'The XML you provided was not well-formed or did not validate against our published schema',
    })
  })

  it.each([
    [
      'bytes that are not UTF-8',
      Buffer.from('<Delete><Object><Key>\xff</Key></Object></Delete>', 'latin1'),
    ],
    ['UTF-16', Buffer.from('\ufeff<Delete></Delete>', 'utf16le')],
  ])('is refused: %s', (_, body) => {
    expect(refusalOf(() => remove(body)).code).toBe('MalformedXML')
  })

  it('has choices of the model only', () => {
    const body = '<VersioningConfiguration><Status>On</Status></VersioningConfiguration>'
    const sent = { method: 'PUT', target: '/logs?versioning', body }
    expect(refusalOf(() => inputOf(sent)).code).toBe('MalformedXML')
  })

  it('may be missing where it may be', () => {
    expect(inputOf({ method: 'PUT', target: '/logs' })).toEqual({ Bucket: 'logs' })
    expect(refusalOf(() => remove('')).code).toBe('ValidationException')
  })

  it('has room for every part of an upload', () => {
    const part = (n: number) => `<Part><PartNumber>${n}</PartNumber><ETag>"e"</ETag></Part>`
    const parts = Array.from({ length: 10_000 }, (_, i) => part(i + 1)).join('')
    const body = `<CompleteMultipartUpload ${XMLNS}>${parts}</CompleteMultipartUpload>`
    const input = inputOf({ method: 'POST', target: '/logs/a?uploadId=u', body })
    const { Parts } = input.MultipartUpload as unknown as { Parts: Array<{ PartNumber: number }> }
    expect(Parts.length).toBe(10_000)
    expect(Parts.at(-1)).toEqual({ PartNumber: 10_000, ETag: '"e"' })
  })

  it('is refused, whatever is wrong with it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'<>/&;"\'= aKeyObjctDl!-[]?x') }),
        (body) => {
          fc.pre(body !== '')
          expect(refusalOf(() => remove(body)).code).toBe('MalformedXML')
        },
      ),
    )
  })
})

describe('an answer', () => {
  const write = (name: string, output: object) =>
    PROTOCOL.write(S3_API.operation(name)!, output, received())

  it('lists what XML 1.0 cannot hold as references', () => {
    const { body } = write('ListObjectsV2', {
      Contents: [{ Key: 'a\u0000\u0001\uffff\r\n<&>"💥' }],
    })
    expect(body).toContain('<Key>a&#x0;&#x1;&#xffff;&#xd;&#xa;&lt;&amp;&gt;&quot;💥</Key>')
  })

  it('begins as AWS has it', () => {
    expect(write('ListBuckets', { Buckets: [] }).body).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<ListAllMyBucketsResult ${XMLNS}><Buckets></Buckets></ListAllMyBucketsResult>`,
    )
    expect(write('GetBucketLocation', { LocationConstraint: 'eu-west-1' }).body).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint ${XMLNS}>eu-west-1</LocationConstraint>`,
    )
  })

  it('is partial when it says a range', () => {
    const output = { Body: Buffer.from('a'), ContentRange: 'bytes 0-0/9' }
    expect(write('GetObject', output).status).toBe(206)
  })

  it('says a policy as it is', () => {
    const Policy = '{"Version":"2012-10-17"}'
    expect(write('GetBucketPolicy', { Policy })).toMatchObject({
      body: Policy,
      headers: expect.arrayContaining(['Content-Type', 'application/json']),
    })
  })

  it('says a length where there are no bytes to count', () => {
    const { headers } = write('HeadObject', { ContentLength: 2 ** 40 })
    expect(headers).toEqual(expect.arrayContaining(['Content-Length', String(2 ** 40)]))
    const bytes = write('GetObject', { ContentLength: 1, Body: Buffer.from('a') })
    expect(bytes.headers).not.toContain('Content-Length')
  })

  it('has no header that ends before its value does', () => {
    const { headers } = write('HeadObject', { ContentDisposition: 'a\r\nSet-Cookie: b' })
    expect(headers.join('')).not.toMatch(/[\r\n]/)
  })
})
