import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { AuditEvent, AuditObject, AuditResource } from '../../src/audit/event.js'
import type { Identity } from '../../src/audit/identity.js'
import {
  BESIDE_CHARACTERS_MAX,
  buildRecord,
  OBJECT_CHARACTERS_MAX,
  TEXT_CHARACTERS_MAX,
} from '../../src/audit/record.js'
import { decryptEvent, generateDataKeyEvent } from './events.js'

/** As AWS documents them: the older ones lack the members that later versions added. */
interface Documented {
  userIdentity: Identity
  eventTime: string
  eventSource: string
  eventName: string
  awsRegion: string
  sourceIPAddress: string
  userAgent?: string
  errorCode?: string
  errorMessage?: string
  requestParameters: AuditObject | null
  responseElements: AuditObject | null
  additionalEventData?: AuditObject
  requestID: string
  eventID: string
  readOnly: boolean
  resources?: DocumentedResource[]
  recipientAccountId: string
}

/** Without a type in the oldest. */
interface DocumentedResource {
  accountId: string
  type?: string
  ARN: string
}

/** Every version of CloudTrail writes these its own way. */
const OF_THE_VERSION = [
  'eventVersion',
  'eventType',
  'managementEvent',
  'eventCategory',
  'userAgent',
]
const NEW_ORDER = [
  'eventVersion',
  'userIdentity',
  'eventTime',
  'eventSource',
  'eventName',
  'awsRegion',
  'sourceIPAddress',
  'userAgent',
  'errorCode',
  'errorMessage',
  'requestParameters',
  'responseElements',
  'additionalEventData',
  'requestID',
  'eventID',
  'readOnly',
  'resources',
  'eventType',
  'managementEvent',
  'recipientAccountId',
  'sharedEventID',
  'eventCategory',
  'tlsDetails',
]

const documented = ['seed-records', 'kms-records'].flatMap((folder) =>
  readdirSync(`test/data/${folder}`)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => {
      const value = JSON.parse(readFileSync(`test/data/${folder}/${file}`, 'utf8'))
      const records: Documented[] = Array.isArray(value) ? value : [value]
      return records.map((record, i) => ({ file: `${folder}/${file} (${i + 1})`, record }))
    }),
)

function eventOf(record: Documented): AuditEvent {
  return {
    eventId: record.eventID,
    eventTime: Date.parse(record.eventTime),
    eventSource: record.eventSource,
    eventName: record.eventName,
    account: record.recipientAccountId,
    region: record.awsRegion,
    identity: record.userIdentity,
    sourceIpAddress: record.sourceIPAddress,
    userAgent: record.userAgent ?? '',
    requestId: record.requestID,
    readOnly: record.readOnly,
    requestParameters: record.requestParameters,
    responseElements: record.responseElements,
    ...(record.additionalEventData && { additionalEventData: record.additionalEventData }),
    ...(record.resources && { resources: record.resources.map(resourceOf) }),
    ...(record.errorCode !== undefined && {
      error: {
        code: record.errorCode,
        ...(record.errorMessage !== undefined && { message: record.errorMessage }),
      },
    }),
  }
}

function resourceOf({ accountId, type, ARN }: DocumentedResource): AuditResource {
  return { accountId, type: type ?? 'AWS::KMS::Key', arn: ARN }
}

function members(record: string): string[] {
  return Object.keys(JSON.parse(record))
}

describe('a record', () => {
  it.each(documented)('tells of $file what AWS tells', ({ record }) => {
    const ours = JSON.parse(buildRecord(eventOf(record)))
    const theirs: Record<string, unknown> = { ...record }
    for (const name of OF_THE_VERSION) delete theirs[name]
    theirs.resources = record.resources?.map((resource) => ({ type: 'AWS::KMS::Key', ...resource }))
    expect(ours).toMatchObject(theirs)
  })

  it.each(documented)('of $file has its members in the order of AWS', ({ record }) => {
    const ours = members(buildRecord(eventOf(record)))
    const theirs = Object.keys(record)
    expect(ours.filter((name) => theirs.includes(name))).toEqual(
      theirs.filter((name) => ours.includes(name)),
    )
  })

  it('with every member has them in the order of AWS', () => {
    const record = buildRecord({
      ...generateDataKeyEvent(),
      error: { code: 'DisabledException', message: 'is disabled' },
      additionalEventData: { keyMaterialId: 'ab' },
      sharedEventId: 'f0000000-0000-4000-8000-000000000000',
      tls: { tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256' },
    })
    expect(members(record)).toEqual(NEW_ORDER)
  })

  it('is of version 1.11, a management event, made by an API call', () => {
    expect(JSON.parse(buildRecord(decryptEvent()))).toMatchObject({
      eventVersion: '1.11',
      eventType: 'AwsApiCall',
      managementEvent: true,
      eventCategory: 'Management',
    })
  })

  it('has whole seconds', () => {
    const at = (eventTime: number) =>
      JSON.parse(buildRecord({ ...decryptEvent(), eventTime })).eventTime
    expect(at(1_447_276_552_999)).toBe('2015-11-11T21:15:52Z')
    expect(at(1_447_276_553_000)).toBe('2015-11-11T21:15:53Z')
    expect(at(1_447_276_552_000)).toBe('2015-11-11T21:15:52Z')
    expect(at(0)).toBe('1970-01-01T00:00:00Z')
  })

  it('says null when there are no parameters and no response', () => {
    const record = buildRecord({ ...decryptEvent(), requestParameters: null })
    expect(record).toContain('"requestParameters":null,"responseElements":null,')
  })

  it('names both keys of a ReEncrypt', () => {
    const resources = ['a', 'b'].map((arn) => ({ accountId: '1', type: 'AWS::KMS::Key', arn }))
    expect(JSON.parse(buildRecord({ ...decryptEvent(), resources })).resources).toEqual([
      { accountId: '1', type: 'AWS::KMS::Key', ARN: 'a' },
      { accountId: '1', type: 'AWS::KMS::Key', ARN: 'b' },
    ])
  })

  it('leaves out what the call does not have', () => {
    const { resources: _, ...event } = decryptEvent()
    const names = members(buildRecord(event))
    for (const name of ['resources', 'errorCode', 'errorMessage', 'sharedEventID', 'tlsDetails']) {
      expect(names).not.toContain(name)
    }
  })

  it('is one line, whatever a caller sends', () => {
    const evil = 'x\r\n{"forged":1}\u2028\x1b[2J\0'
    const record = buildRecord({
      ...decryptEvent(),
      userAgent: evil,
      sourceIpAddress: evil,
      identity: { type: 'IAMUser', userName: evil, arn: evil },
      requestParameters: { encryptionContext: { [evil]: evil } },
      error: { code: evil, message: evil },
    })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(record).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/)
    expect(JSON.parse(record)).toMatchObject({
      userAgent: evil,
      sourceIPAddress: evil,
      userIdentity: { userName: evil },
      requestParameters: { encryptionContext: { [evil]: evil } },
      errorMessage: evil,
    })
    expect(JSON.parse(record)).not.toHaveProperty('forged')
  })

  it('cuts a long user agent between two characters', () => {
    const userAgent = `${'a'.repeat(TEXT_CHARACTERS_MAX - 1)}🙂 and more`
    const record = buildRecord({ ...decryptEvent(), userAgent })
    expect(JSON.parse(record).userAgent).toBe(`${'a'.repeat(TEXT_CHARACTERS_MAX - 1)}\ufffd`)
  })

  it('cuts an ARN that is longer than any, between two characters', () => {
    for (const accountId of [{ accountId: '1' }, {}]) {
      const arn = `arn:aws:s3:::b/${'"'.repeat(2032)}${'😀'.repeat(1 << 20)}`
      const resources = [{ ...accountId, type: 'AWS::S3::Object', arn }]
      const record = buildRecord({ ...decryptEvent(), resources })
      expect(record.length).toBeLessThan(10_000)
      expect(JSON.parse(record).resources[0].ARN).toBe(`${arn.slice(0, 2047)}\ufffd`)
    }
  })

  it('leaves out parameters beyond 100 KB and says so', () => {
    const requestParameters = { description: 'a'.repeat(OBJECT_CHARACTERS_MAX) }
    const record = buildRecord({ ...decryptEvent(), requestParameters })
    expect(JSON.parse(record).requestParameters).toEqual({
      reason: 'requestParameters too large',
      omitted: true,
      originalSize: OBJECT_CHARACTERS_MAX + 18,
    })
  })

  it.each([
    ['requestParameters', OBJECT_CHARACTERS_MAX],
    ['responseElements', OBJECT_CHARACTERS_MAX],
    ['additionalEventData', BESIDE_CHARACTERS_MAX],
  ])('leaves out %s beyond %i characters, and not one sooner', (name, charactersMax) => {
    const around = '{"a":""}'.length
    const of = (length: number) => {
      const value = { a: 'a'.repeat(length - around) }
      return JSON.parse(buildRecord({ ...decryptEvent(), [name]: value }))[name]
    }
    expect(of(charactersMax)).toEqual({ a: 'a'.repeat(charactersMax - around) })
    expect(of(charactersMax + 1)).toEqual({
      ...{ reason: `${name} too large`, omitted: true, originalSize: charactersMax + 1 },
    })
  })

  it('of a data event says so, and names objects by what they begin with', () => {
    const resources = [
      { type: 'AWS::S3::Object', arn: 'arn:aws:s3:::logs/', isPrefix: true } as const,
    ]
    const event = { ...decryptEvent(), isDataEvent: true, isServiceEvent: true, resources }
    expect(JSON.parse(buildRecord(event))).toMatchObject({
      ...{ eventType: 'AwsServiceEvent', managementEvent: false, eventCategory: 'Data' },
      resources: [{ type: 'AWS::S3::Object', ARNPrefix: 'arn:aws:s3:::logs/' }],
    })
  })

  it('never holds bytes', () => {
    const requestParameters = { plaintext: new Uint8Array(32) as never }
    expect(() => buildRecord({ ...decryptEvent(), requestParameters })).toThrow('JSON values only')
  })
})

describe('the identity in a record', () => {
  const identityOf = (identity: Identity) =>
    JSON.stringify(JSON.parse(buildRecord({ ...decryptEvent(), identity })).userIdentity)

  it('of an AWS service is its name and nothing else', () => {
    expect(identityOf({ type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' })).toBe(
      '{"type":"AWSService","invokedBy":"cloudtrail.amazonaws.com"}',
    )
  })

  it('has its members in the order of AWS, however they were set', () => {
    const identity: Identity = {
      invokedBy: 's3.amazonaws.com',
      sessionContext: {
        attributes: { mfaAuthenticated: 'false', creationDate: '2015-11-11T20:45:25Z' },
        sessionIssuer: {
          userName: 'reader',
          accountId: '111122223333',
          arn: 'arn:aws:iam::111122223333:role/reader',
          principalId: 'AROAEXAMPLE',
          type: 'Role',
        },
      },
      accessKeyId: 'ASIAEXAMPLE',
      accountId: '111122223333',
      arn: 'arn:aws:sts::111122223333:assumed-role/reader/me',
      principalId: 'AROAEXAMPLE:me',
      type: 'AssumedRole',
    }
    expect(identityOf(identity)).toBe(
      '{"type":"AssumedRole","principalId":"AROAEXAMPLE:me",' +
        '"arn":"arn:aws:sts::111122223333:assumed-role/reader/me","accountId":"111122223333",' +
        '"accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role",' +
        '"principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/reader",' +
        '"accountId":"111122223333","userName":"reader"},"attributes":{' +
        '"creationDate":"2015-11-11T20:45:25Z","mfaAuthenticated":"false"}},' +
        '"invokedBy":"s3.amazonaws.com"}',
    )
  })

  it('is each caller’s own', () => {
    const one: Identity = { type: 'IAMUser', userName: 'one' }
    const two: Identity = { type: 'IAMUser', userName: 'two' }
    expect([one, two, one].map(identityOf)).toEqual([
      '{"type":"IAMUser","userName":"one"}',
      '{"type":"IAMUser","userName":"two"}',
      '{"type":"IAMUser","userName":"one"}',
    ])
  })
})
