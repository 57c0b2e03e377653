import * as sdk from '@aws-sdk/client-s3'
import { afterAll, describe, expect, it } from 'vitest'
import { streamOf } from '../../src/aws/forms/streams.js'
import { S3 } from '../../src/aws/models/s3.gen.js'
import type { StreamingBody } from '../../src/aws/streaming.js'
import { systemClock } from '../../src/clock.js'
import { createAuthenticator } from '../../src/http/authenticate.js'
import { type ServedS3, s3Door } from '../../src/http/doors/s3.js'
import type { Asked } from '../../src/http/protocols/rest-xml/rest-xml.js'
import type { Answer } from '../../src/http/received.js'
import { S3_API } from '../../src/s3/model.js'
import { ACCOUNT, find } from '../support/http.js'
import { ODD_KEY, sampleOf } from '../support/s3-samples.js'
import { clientOf, HOSTS, PROTOCOL } from '../support/s3-wire.js'

const NAMES = Object.keys(S3.operations) as Array<keyof typeof S3.operations>
const STYLES = [
  ['path', true],
  ['virtual-host', false],
] as const
/** The SDK signs all that it sends. */
const authenticator = createAuthenticator({ auth: 'sigv4', account: ACCOUNT }, find, systemClock)
const { rules } = s3Door({ api: S3_API } as ServedS3, HOSTS)
afterAll(() => authenticator.close())

/** What the SDK works out by itself, whatever it is given. */
const OF_THE_SDK = [
  'ContentLength',
  'ContentMD5',
  'SSECustomerKey',
  'SSECustomerKeyMD5',
  'CopySourceSSECustomerKey',
  'CopySourceSSECustomerKeyMD5',
]
/** Dates of the SDK's that S3 keeps as they are written. */
const DATES = ['Expires', 'ResponseExpires']

type Commands = Readonly<Record<string, new (input: object) => sdk.GetObjectCommand>>

function commandOf(name: string, input: object) {
  return new (sdk as unknown as Commands)[`${name}Command`]!(input)
}

function withDates(sample: Readonly<Record<string, unknown>>) {
  const dated = { ...sample }
  for (const name of DATES) if (name in dated) dated[name] = new Date(dated[name] as string)
  return dated
}

/** Where AWS's newer models say text, and the older a number. */
function asTheSdkHasIt(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (Array.isArray(value)) return value.map(asTheSdkHasIt)
  const entries = Object.entries(value).map(([name, one]) => {
    return [name, /PartNumberMarker$/.test(name) ? String(one) : asTheSdkHasIt(one)]
  })
  return Object.fromEntries(entries)
}

/** What we understand of the SDK's request for `sample`. */
async function asked(name: string, sample: object, forcePathStyle: boolean) {
  let understood: { asked: Asked; input: Readonly<Record<string, unknown>> } | undefined
  const client = clientOf(
    (request) => {
      authenticator.checkHead(request, rules).callerOf(undefined)
      const asked = PROTOCOL.ask(request)
      const body: StreamingBody | Buffer = asked.isStream ? streamOf(request.body) : request.body
      understood = { asked, input: { ...asked.read(body).input } }
      return { status: 200, headers: [], body: '' }
    },
    { forcePathStyle },
  )
  await client.send(commandOf(name, sample)).catch((error: unknown) => {
    // An empty answer is none that every operation has.
    if (understood === undefined) throw error
  })
  return understood!
}

describe.each(STYLES)("an AWS SDK's request in %s style", (_, forcePathStyle) => {
  it.each(NAMES)('is understood, with all that an input may have: %s', async (name) => {
    const structure = S3_API.operation(name)!.input
    const sample = structure === undefined ? {} : sampleOf(structure, OF_THE_SDK)
    const hasBody = structure?.payload?.shape.type === 'stream'
    const given = withDates(hasBody ? { ...sample, Body: Buffer.from('some bytes') } : sample)
    const { asked: understood, input } = await asked(name, given, forcePathStyle)
    expect(understood.operation.name).toBe(name)
    expect(input).toMatchObject(sample)
    if (hasBody)
      expect(Buffer.from((input.Body as StreamingBody).whole!)).toEqual(Buffer.from('some bytes'))
  })

  it.each(NAMES)('is understood, with no more than an input must have: %s', async (name) => {
    const structure = S3_API.operation(name)!.input
    const optional = structure?.members.filter((one) => !one.isRequired).map((one) => one.name)
    const sample = structure === undefined ? {} : sampleOf(structure, optional)
    const { asked: understood, input } = await asked(name, sample, forcePathStyle)
    expect(understood.operation.name).toBe(name)
    expect(input).toMatchObject(sample)
  })

  it.each([
    '..',
    '../../etc/passwd',
    '/',
    '//',
    'a//b',
    './a',
    'a/',
    '%2F',
    '%',
    '+',
    ' ',
    '\u0000',
    '\u0001',
    '\r\n',
    '💥',
    '?acl',
    '#',
    ODD_KEY,
  ])('names the key that was meant: %j', async (key) => {
    const { asked: understood, input } = await asked(
      'HeadObject',
      { Bucket: 'my-bucket', Key: key },
      forcePathStyle,
    )
    expect(understood.operation.name).toBe('HeadObject')
    expect(input).toMatchObject({ Bucket: 'my-bucket', Key: key })
  })
})

describe('an answer', () => {
  it.each(NAMES)(
    'is understood by AWS SDKs, with all that an output may have: %s',
    async (name) => {
      const operation = S3_API.operation(name)!
      const { output: structure } = operation
      const hasBody = structure?.payload?.shape.type === 'stream'
      const sample = structure === undefined ? {} : sampleOf(structure, ['ContentLength'])
      const given = hasBody ? { ...sample, Body: Buffer.from('some bytes') } : sample
      const client = clientOf((request) => PROTOCOL.write(operation, given, request))
      const input = operation.input === undefined ? {} : sampleOf(operation.input, OF_THE_SDK)
      const body = operation.input?.payload?.shape.type === 'stream' ? { Body: 'x' } : {}
      const output = await client.send(commandOf(name, withDates({ ...input, ...body })))
      const { Expires, ...rest } = sample
      expect(output).toMatchObject(asTheSdkHasIt(rest) as object)
      if (Expires !== undefined) expect(output.ExpiresString).toBe(Expires)
      if (hasBody) expect(await output.Body?.transformToString()).toBe('some bytes')
      expect(output.$metadata).toMatchObject({
        httpStatusCode: sample.ContentRange === undefined ? (operation.http!.status ?? 200) : 206,
        requestId: '1B3F2A449A0E4C5D',
        extendedRequestId: expect.stringMatching(/^[A-Za-z0-9+/=]+$/),
      })
    },
  )

  it.each(NAMES)('is understood by AWS SDKs, with nothing in it: %s', async (name) => {
    const operation = S3_API.operation(name)!
    const client = clientOf((request): Answer => PROTOCOL.write(operation, {}, request))
    const input = operation.input === undefined ? {} : sampleOf(operation.input, OF_THE_SDK)
    const body = operation.input?.payload?.shape.type === 'stream' ? { Body: 'x' } : {}
    await expect(
      client.send(commandOf(name, withDates({ ...input, ...body }))),
    ).resolves.toBeDefined()
  })
})
