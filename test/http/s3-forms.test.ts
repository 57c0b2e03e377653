/** Browsers' uploads: made by AWS's SDK, and by hand where it would not make them. */
import { hash } from 'node:crypto'
import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3'
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deriveSigningKey } from '../../src/sigv4/signing-keys.js'
import { formatTimestamp } from '../../src/sigv4/timestamp.js'
import { FRONTS, formOf, REGION, type ServedHouse, serveHouse } from '../support/s3-served.js'

const BUCKET = 'forms'
const MINUTE_MS = 60_000

describe.each(FRONTS)('a form, behind the %s front,', (front) => {
  let served: ServedHouse
  let s3: S3Client

  beforeAll(async () => {
    served = await serveHouse({ front })
    s3 = served.client()
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }))
  })
  afterAll(() => served.close())

  const keys = async () => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }))
    return Contents.map(({ Key }) => Key!)
  }
  const objectAt = async (Key: string) => {
    const object = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }))
    return { ...object, bytes: Buffer.from(await object.Body!.transformToByteArray()) }
  }
  const post = async (
    fields: Parameters<typeof formOf>[0],
    file: Uint8Array | string | undefined = 'the file',
    filename = 'a.txt',
  ) => {
    const { headers, body } = formOf(fields, file, { filename })
    const sent = { method: 'POST', path: `/${BUCKET}`, headers, body, isUnsigned: true }
    return await served.send({ ...sent, headers: { ...headers, host: new URL(served.url).host } })
  }
  const presigned = async (options: Partial<PresignedPostOptions>) =>
    (await createPresignedPost(s3, { Bucket: BUCKET, Key: 'a', ...options })).fields

  /** Signed by hand: whatever conditions. */
  const signed = (
    fields: Readonly<Record<string, string>>,
    conditions: readonly unknown[],
    { expiresIn = MINUTE_MS, now = Date.now(), document = undefined as unknown } = {},
  ): Record<string, string> => {
    const timestamp = formatTimestamp(now)
    const scope = { date: timestamp.slice(0, 8), region: REGION, service: 's3' }
    const credential = `${served.credentials.accessKeyId}/${scope.date}/${REGION}/s3/aws4_request`
    const own = {
      'x-amz-algorithm': 'AWS4-HMAC-SHA256',
      'x-amz-credential': credential,
      'x-amz-date': timestamp,
    }
    const covered = Object.entries(own).map(([name, value]) => ({ [name]: value }))
    const whole = document ?? {
      expiration: new Date(now + expiresIn).toISOString(),
      conditions: [{ bucket: BUCKET }, ...covered, ...conditions],
    }
    const policy = Buffer.from(typeof whole === 'string' ? whole : JSON.stringify(whole)).toString(
      'base64',
    )
    const key = deriveSigningKey(served.credentials.secretAccessKey, scope)
    return { ...fields, ...own, policy, 'x-amz-signature': key.hex(policy) }
  }
  /** Each field has its condition. */
  const covering = (fields: Readonly<Record<string, string>>) =>
    signed(
      fields,
      Object.entries(fields).map(([name, value]) => ['eq', `$${name}`, value]),
    )

  it('of the SDK puts an object, and is answered with 204', async () => {
    const { status, headers, text, lengths } = await post(
      await presigned({ Key: 'plain' }),
      'some bytes',
    )
    expect([status, text, lengths]).toEqual([204, '', []])
    expect(headers.etag).toBe(`"${hash('md5', 'some bytes', 'hex')}"`)
    expect(headers.location).toBe(`${served.url}/${BUCKET}/plain`)
    expect((await objectAt('plain')).bytes.toString()).toBe('some bytes')
  })

  it.each([0, 1, 70_000, 9_000_000])('brings a file of %i bytes as it is', async (size) => {
    const file = Buffer.alloc(size, '\r\n--boundary of a kind\r\n--')
    const { status } = await post(await presigned({ Key: `size-${size}` }), file)
    expect(status).toBe(204)
    expect((await objectAt(`size-${size}`)).bytes.equals(file)).toBe(true)
  })

  it('puts the name of the file into the key', async () => {
    const name = 'up/${' + 'filename}'
    const fields = await presigned({ Key: name })
    expect((await post(fields, 'x', 'C:\\\\folder\\\\$& ü.txt')).status).toBe(204)
    expect(await keys()).toContain('up/$& ü.txt')
  })

  it('says what headers of an object say', async () => {
    const fields = {
      ...{ key: 'said', 'Content-Type': 'image/png', 'Cache-Control': 'max-age=7' },
      ...{ 'Content-Disposition': 'inline', 'x-amz-meta-who': 'Zoë', acl: 'private' },
      ...{ 'x-amz-server-side-encryption': 'AES256', 'x-amz-storage-class': 'STANDARD' },
      tagging:
        '<Tagging><TagSet><Tag><Key>a &amp; b</Key><Value>1</Value></Tag></TagSet></Tagging>',
    }
    // `&` is no character of tags.
    const tagged = { ...fields, tagging: fields.tagging.replace('a &amp; b', 'a b') }
    expect((await post(covering(tagged))).status).toBe(204)
    const object = await objectAt('said')
    expect(object).toMatchObject({ ContentType: 'image/png', CacheControl: 'max-age=7' })
    expect(object).toMatchObject({ ContentDisposition: 'inline', ServerSideEncryption: 'AES256' })
    // Not ASCII, so it comes as an encoded word.
    expect(object.Metadata).toEqual({ who: '=?UTF-8?B?Wm/Dqw==?=' })
    const tags = await s3.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key: 'said' }))
    expect(tags.TagSet).toEqual([{ Key: 'a b', Value: '1' }])
    expect(await post(covering(fields))).toMatchObject({ status: 400, code: 'InvalidTag' })
  })

  it('may be encrypted under a KMS key', async () => {
    const fields = { key: 'kms', 'x-amz-server-side-encryption': 'aws:kms' }
    const { status, headers } = await post(covering(fields), 'secret')
    expect(status).toBe(204)
    expect(headers['x-amz-server-side-encryption-aws-kms-key-id']).toMatch(/^arn:aws:kms:/)
    expect((await objectAt('kms')).bytes.toString()).toBe('secret')
  })

  it('is answered as it asks', async () => {
    const answered = (more: Record<string, string>) => post(covering({ key: 'a & b', ...more }))
    expect(await answered({ success_action_status: '200' })).toMatchObject({
      status: 200,
      text: '',
    })
    expect((await answered({ success_action_status: '404' })).status).toBe(204)
    const created = await answered({ success_action_status: '201' })
    expect(created.status).toBe(201)
    expect(created.headers['content-type']).toBe('application/xml')
    const etag = hash('md5', 'the file', 'hex')
    expect(created.text).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>${served.url}/${BUCKET}/a%20%26%20b</Location><Bucket>${BUCKET}</Bucket><Key>a &amp; b</Key><ETag>&quot;${etag}&quot;</ETag></PostResponse>`,
    )
    const redirect = 'https://example.com/done?x=1'
    const seeOther = await answered({ success_action_redirect: redirect })
    expect(seeOther.status).toBe(303)
    expect(seeOther.headers.location).toBe(
      `${redirect}&bucket=${BUCKET}&key=a%20%26%20b&etag=%22${etag}%22`,
    )
    for (const wrong of ['javascript:alert(1)', 'nowhere', 'http://']) {
      expect((await answered({ success_action_redirect: wrong })).status).toBe(204)
    }
  })

  it('may be of a length that its policy says', async () => {
    const range = (min: unknown, max: unknown) =>
      signed({ key: 'ranged' }, [{ key: 'ranged' }, ['content-length-range', min, max]])
    expect((await post(range(1, 8), 'the file')).status).toBe(204)
    expect((await post(range('8', '8'), 'the file')).status).toBe(204)
    const large = await post(range(1, 7), 'the file, no. 2')
    expect(large).toMatchObject({ status: 400, code: 'EntityTooLarge' })
    expect(large.text).toContain('<MaxSizeAllowed>7</MaxSizeAllowed>')
    const small = await post(range(9, 100), 'the fil3')
    expect(small).toMatchObject({ status: 400, code: 'EntityTooSmall' })
    expect(small.text).toContain('<ProposedSize>8</ProposedSize><MinSizeAllowed>9</MinSizeAllowed>')
    expect((await objectAt('ranged')).bytes.toString()).toBe('the file')
  })

  it('satisfies conditions, whatever the case of names', async () => {
    const conditions = [
      ['starts-with', '$KEY', 'user/'],
      ['starts-with', '$Content-Type', 'image/'],
      ['STARTS-WITH', '$x-amz-meta-any', ''],
    ]
    const fields = { Key: 'user/a', 'content-type': 'image/a, image/b', 'X-Amz-Meta-Any': 'thing' }
    expect((await post(signed({ ...fields, 'x-ignore-this': 'x' }, conditions))).status).toBe(204)
  })

  it.each([
    ['eq', { key: 'b' }, [['eq', '$key', 'a']], '["eq", "$key", "a"]'],
    ['eq as an object', { key: 'b' }, [{ key: 'a' }], '["eq", "$key", "a"]'],
    ['starts-with', { key: 'b' }, [['starts-with', '$key', 'a/']], '["starts-with", "$key", "a/"]'],
    [
      'a field that is not there',
      { key: 'b' },
      [
        ['starts-with', '$key', ''],
        ['starts-with', '$name', ''],
      ],
      '["starts-with", "$name", ""]',
    ],
    [
      'one of several types',
      { key: 'b', 'Content-Type': 'image/a,text/b' },
      [['starts-with', '$Content-Type', 'image/']],
      '["starts-with", "$Content-Type", "image/"]',
    ],
    ['another bucket', { key: 'b' }, [{ bucket: 'other' }], '["eq", "$bucket", "other"]'],
  ])('fails for %s', async (_, fields, conditions, shown) => {
    const told = await post(signed(fields, conditions))
    expect(told).toMatchObject({ status: 403, code: 'AccessDenied' })
    const says = `Invalid according to Policy: Policy Condition failed: ${shown}`
    expect(told.message).toBe(says.replaceAll('"', '&quot;'))
    expect(await keys()).not.toContain('b')
  })

  it('has no field that its policy does not know', async () => {
    const told = await post(signed({ key: 'b', submit: 'Go', acl: 'private' }, [{ key: 'b' }]))
    expect(told).toMatchObject({ status: 403, code: 'AccessDenied' })
    expect(told.message).toBe('Invalid according to Policy: Extra input fields: submit, acl')
  })

  it('is good until its policy expires', async () => {
    const expired = await post(signed({ key: 'b' }, [{ key: 'b' }], { expiresIn: -1000 }))
    expect(expired).toMatchObject({ status: 403, code: 'AccessDenied' })
    expect(expired.message).toBe('Invalid according to Policy: Policy expired.')
    const week = { now: Date.now() - 8 * 24 * 3_600_000, expiresIn: 30 * 24 * 3_600_000 }
    const old = await post(signed({ key: 'b' }, [{ key: 'b' }], week))
    expect(old.message).toBe('Invalid according to Policy: Policy expired.')
    const early = { now: Date.now() + 3_600_000 }
    expect((await post(signed({ key: 'b' }, [{ key: 'b' }], early))).status).toBe(403)
  })

  it.each([
    ['that is no Base64', { document: undefined }, '*'],
    ['that is no JSON', { document: '{' }, 'Invalid JSON.'],
    ['that is a list', { document: [] }, 'Invalid JSON.'],
    ['without an end', { document: { conditions: [] } }, 'Policy missing expiration.'],
    [
      'with an end that is none',
      { document: { expiration: 'soon', conditions: [] } },
      "Invalid 'expiration' value: 'soon'",
    ],
    [
      'without conditions',
      { document: { expiration: '2099-01-01T00:00:00Z' } },
      'Policy missing conditions.',
    ],
    [
      'of two in one',
      { document: { expiration: '2099-01-01T00:00:00Z', conditions: [{ a: 'b', c: 'd' }] } },
      'Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
    ],
    [
      'of no such operator',
      { document: { expiration: '2099-01-01T00:00:00Z', conditions: [['ne', '$key', 'a']] } },
      "Invalid Condition: unknown operation 'ne'.",
    ],
    [
      'of a range of texts',
      {
        document: {
          expiration: '2099-01-01T00:00:00Z',
          conditions: [['content-length-range', 'a', -1]],
        },
      },
      'Invalid Condition: content-length-range must have two whole numbers.',
    ],
  ])('has no policy %s', async (_, options, why) => {
    const fields = signed({ key: 'b' }, [{ key: 'b' }], options)
    if (why === '*') {
      const scope = { date: fields['x-amz-date']!.slice(0, 8), region: REGION, service: 's3' }
      const key = deriveSigningKey(served.credentials.secretAccessKey, scope)
      Object.assign(fields, { policy: '{}', 'x-amz-signature': key.hex('{}') })
    }
    const told = await post(fields)
    expect(told).toMatchObject({ status: 400, code: 'InvalidPolicyDocument' })
    expect(told.message).toBe(`Invalid Policy: ${why === '*' ? 'Invalid Base64 Encoding.' : why}`)
  })

  it('is signed by whom it names', async () => {
    const good = signed({ key: 'b' }, [{ key: 'b' }])
    const other = (more: Record<string, string>) => post({ ...good, ...more })
    const signature = good['x-amz-signature']!
    const flipped = (signature.startsWith('0') ? '1' : '0') + signature.slice(1)
    const credential = good['x-amz-credential']!
    const refusals = await Promise.all([
      other({ 'x-amz-signature': flipped }),
      other({ 'x-amz-signature': 'short' }),
      other({ policy: Buffer.from('{}').toString('base64') }),
      other({ 'x-amz-credential': credential.replace(/^[^/]+/, 'AKIANOBODYKNOWSTHIS0') }),
      other({ 'x-amz-credential': credential.replace('/s3/', '/kms/') }),
      other({ 'x-amz-credential': 'AKIA' }),
      other({ 'x-amz-date': '20200101T000000Z' }),
      other({ 'x-amz-date': 'today' }),
      other({ 'x-amz-algorithm': 'AWS4-HMAC-SHA1' }),
      other({ 'x-amz-security-token': 'more' }),
      post({ key: 'b' }),
      post({ key: 'b', AWSAccessKeyId: 'AKIA', policy: 'e30=', signature: 'x' }),
    ])
    expect(refusals.map(({ status, code }) => `${status} ${code}`)).toEqual([
      '403 SignatureDoesNotMatch',
      '403 SignatureDoesNotMatch',
      '403 SignatureDoesNotMatch',
      '403 InvalidAccessKeyId',
      '400 AuthorizationQueryParametersError',
      '400 AuthorizationQueryParametersError',
      '400 AuthorizationQueryParametersError',
      '400 InvalidArgument',
      '400 InvalidArgument',
      '403 InvalidAccessKeyId',
      '403 AccessDenied',
      '400 InvalidRequest',
    ])
    expect(await keys()).not.toContain('b')
  })

  it.each([
    'key',
    'policy',
    'x-amz-algorithm',
    'x-amz-credential',
    'x-amz-date',
    'x-amz-signature',
  ])('is refused without %s', async (name) => {
    const { [name]: _, ...fields } = signed({ key: 'b' }, [{ key: 'b' }])
    const told = await post(fields)
    expect(told).toMatchObject({ status: 400, code: 'InvalidArgument' })
    expect(told.message).toMatch(/^Bucket POST must contain a field named '\S+'. {2}If it is/)
  })

  it('has one file, and it comes last', async () => {
    const fields = signed({ key: 'b' }, [{ key: 'b' }])
    const none = formOf(fields)
    const host = { host: new URL(served.url).host }
    const sent = (form: { headers: Record<string, string>; body: Buffer }) =>
      served.send({
        ...{ method: 'POST', path: `/${BUCKET}`, body: form.body, isUnsigned: true },
        headers: { ...form.headers, ...host },
      })
    const says = 'POST requires exactly one file upload per request.'
    expect(await sent(none)).toMatchObject({ code: 'InvalidArgument', message: says })
    const { headers, body } = formOf(fields, 'one', { boundary: 'b' })
    const end = '--b--\r\n'
    const twice = Buffer.concat([
      body.subarray(0, -end.length),
      Buffer.from(
        `--b\r\nContent-Disposition: form-data; name="file"; filename="2"\r\n\r\ntwo\r\n${end}`,
      ),
    ])
    expect(await sent({ headers, body: twice })).toMatchObject({ message: says })
    expect(await keys()).not.toContain('b')
    const { key: _, ...others } = fields
    const late = formOf(others, 'x', { boundary: 'b' })
    const behind = Buffer.concat([
      late.body.subarray(0, -end.length),
      Buffer.from(`--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nb\r\n${end}`),
    ])
    expect(await sent({ headers: late.headers, body: behind })).toMatchObject({
      status: 400,
      code: 'InvalidArgument',
    })
  })

  it('that is cut off anywhere leaves nothing', async () => {
    const { headers, body } = formOf(signed({ key: 'cut' }, [{ key: 'cut' }]), 'f'.repeat(300), {
      boundary: 'b',
    })
    const host = { host: new URL(served.url).host }
    for (let end = 0; end < body.length - 4; end += end > body.length - 330 ? 9 : 83) {
      const cut = body.subarray(0, end)
      const sent = { method: 'POST', path: `/${BUCKET}`, body: cut, isUnsigned: true }
      const told = await served.send({ ...sent, headers: { ...headers, ...host } })
      expect([end, told.status]).toEqual([end, 400])
    }
    expect(await keys()).not.toContain('cut')
  })

  it('has bounds before its file', async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`x-ignore-${i}`, 'x']))
    for (const more of [{ 'x-ignore-a': 'x'.repeat(21_000) }, many]) {
      const told = await post({ ...more, ...signed({ key: 'b' }, [{ key: 'b' }]) })
      expect([told.status, told.code]).toEqual([400, 'MaxPostPreDataLengthExceededError'])
    }
    const junk = 'x'.repeat(200_000)
    const { headers, body } = formOf({ key: 'b' }, 'x', { boundary: 'b' })
    const told = await served.send({
      ...{ method: 'POST', path: `/${BUCKET}`, isUnsigned: true },
      headers: { ...headers, host: new URL(served.url).host },
      body: Buffer.concat([Buffer.from(junk), body]),
    })
    expect(told.code).toBe('MaxPostPreDataLengthExceededError')
  })

  it('is refused when it is none', async () => {
    const host = new URL(served.url).host
    const sent = (type: string, body: string) =>
      served.send({
        ...{ method: 'POST', path: `/${BUCKET}`, isUnsigned: true, body },
        headers: { host, 'content-type': type },
      })
    for (const [type, body] of [
      ['multipart/form-data', 'x'],
      ['multipart/form-data; boundary=b', 'nothing of the kind'],
      ['multipart/form-data; boundary=b', ''],
    ] as const) {
      const { status } = await sent(type, body)
      expect(status).toBe(400)
    }
    expect((await sent('text/plain', 'x')).status).toBe(403)
    const twice = await post([
      ['key', 'b'],
      ...Object.entries(signed({ key: 'b' }, [{ key: 'b' }])),
    ])
    expect(twice.code).toBe('MalformedPOSTRequest')
  })
})
