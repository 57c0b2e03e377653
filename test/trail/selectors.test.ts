/** Which events a trail takes. */
import { describe, expect, it } from 'vitest'
import type { Scope } from '../../src/trail/selectors/selectors.js'
import { type EventRecord, takes } from '../../src/trail/selectors/selects.js'

const HOME = 'eu-west-1'
const ALL: Scope = { isMultiRegion: false, includesGlobal: true }
const KEY = 'arn:aws:kms:eu-west-1:111122223333:key/1'
const EVENT: EventRecord = {
  ...{ eventTime: '2026-01-02T03:00:00Z', eventSource: 'kms.amazonaws.com', eventName: 'Decrypt' },
  ...{ eventID: '1', awsRegion: HOME, recipientAccountId: '111122223333', readOnly: true },
  ...{ managementEvent: true, eventCategory: 'Management' },
  resources: [{ type: 'AWS::KMS::Key', ARN: KEY }],
  userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/ann' },
}
const PUT: EventRecord = {
  ...EVENT,
  ...{ eventSource: 's3.amazonaws.com', eventName: 'PutObject', readOnly: false },
  ...{ managementEvent: false, eventCategory: 'Data' },
  resources: [{ type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::logs/a/b' }],
}

describe('a trail', () => {
  it('of one region takes events of its home alone, one of all regions all', () => {
    const other = { ...EVENT, awsRegion: 'us-east-1' }
    expect(takes(ALL, HOME, EVENT)).toBe(true)
    expect(takes(ALL, HOME, other)).toBe(false)
    expect(takes({ ...ALL, isMultiRegion: true }, HOME, other)).toBe(true)
  })

  it('takes global services only when it includes them', () => {
    const global = { ...EVENT, eventSource: 'iam.amazonaws.com' }
    expect(takes(ALL, HOME, global)).toBe(true)
    expect(takes({ ...ALL, includesGlobal: false }, HOME, global)).toBe(false)
  })

  it('takes no data events unless it selects them', () => {
    expect(takes(ALL, HOME, PUT)).toBe(false)
  })
})

describe('a basic selector', () => {
  const basic = (selector: object) => ({ ...ALL, selectors: { basic: [selector] } }) as Scope

  it.each([
    [{ ReadWriteType: 'ReadOnly', IncludeManagementEvents: true }, true, false],
    [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }, false, false],
    [{ ReadWriteType: 'All', IncludeManagementEvents: false }, false, false],
    [
      {
        ...{ ReadWriteType: 'All', IncludeManagementEvents: true },
        ExcludeManagementEventSources: ['kms.amazonaws.com'],
      },
      false,
      false,
    ],
    [
      {
        ...{ ReadWriteType: 'All', IncludeManagementEvents: true },
        DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::logs/'] }],
      },
      true,
      true,
    ],
    [
      {
        ...{ ReadWriteType: 'All', IncludeManagementEvents: false },
        DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::logs/c'] }],
      },
      false,
      false,
    ],
  ])('%j', (selector, takesEvent, takesPut) => {
    expect(takes(basic(selector), HOME, EVENT)).toBe(takesEvent)
    expect(takes(basic(selector), HOME, PUT)).toBe(takesPut)
  })
})

describe('an advanced selector', () => {
  const advanced = (...FieldSelectors: object[]) =>
    ({ ...ALL, selectors: { advanced: [{ FieldSelectors }] } }) as Scope
  const management = { Field: 'eventCategory', Equals: ['Management'] }
  const data = { Field: 'eventCategory', Equals: ['Data'] }

  it.each([
    [[management], true],
    [[data], false],
    [[management, { Field: 'readOnly', Equals: ['false'] }], false],
    [[management, { Field: 'eventSource', NotEquals: ['kms.amazonaws.com'] }], false],
    [[management, { Field: 'eventSource', NotEquals: ['rdsdata.amazonaws.com'] }], true],
    [[management, { Field: 'eventName', StartsWith: ['De', 'En'] }], true],
    [[management, { Field: 'eventName', EndsWith: ['Key'] }], false],
    [[management, { Field: 'eventName', NotStartsWith: ['De'] }], false],
    [[management, { Field: 'eventName', NotEndsWith: ['Key'], StartsWith: ['Dec'] }], true],
    [
      [management, { Field: 'userIdentity.arn', Equals: ['arn:aws:iam::111122223333:user/ann'] }],
      true,
    ],
    [[management, { Field: 'sessionCredentialFromConsole', NotEquals: ['true'] }], true],
    [[management, { Field: 'sessionCredentialFromConsole', Equals: ['true'] }], false],
  ])('%j of a Decrypt: %s', (selectors, isTaken) => {
    expect(takes(advanced(...selectors), HOME, EVENT)).toBe(isTaken)
  })

  it('takes data events of resources', () => {
    const type = { Field: 'resources.type', Equals: ['AWS::S3::Object'] }
    const below = (text: string) => ({ Field: 'resources.ARN', StartsWith: [text] })
    expect(takes(advanced(data, type, below('arn:aws:s3:::logs/')), HOME, PUT)).toBe(true)
    expect(takes(advanced(data, type, below('arn:aws:s3:::other/')), HOME, PUT)).toBe(false)
  })
  it('asks all of one resource, and takes an event for any one that answers', () => {
    const type = { Field: 'resources.type', Equals: ['AWS::S3::Object'] }
    const bucket = { type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::logs' }
    const copied = { type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::scratch/c' }
    const copy = { ...PUT, resources: [...PUT.resources!, bucket, copied] }
    const without = (more: object) => advanced(data, type, { Field: 'resources.ARN', ...more })
    const taken = (more: object, event = copy) => takes(without(more), HOME, event)
    expect(taken({ NotStartsWith: ['arn:aws:s3:::scratch/'] })).toBe(true)
    expect(taken({ NotEndsWith: ['/c'] })).toBe(true)
    expect(taken({ NotEquals: ['arn:aws:s3:::logs'] })).toBe(true)
    expect(taken({ NotStartsWith: ['arn:aws:s3:::scratch/', 'arn:aws:s3:::logs/'] })).toBe(false)
    expect(taken({ Equals: ['arn:aws:s3:::logs'] })).toBe(false)
    expect(taken({ NotEquals: ['x'] }, { ...PUT, resources: [] })).toBe(false)
  })
})
