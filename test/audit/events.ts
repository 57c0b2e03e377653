/**
 * Events as the KMS makes them, for tests of what becomes of them.
 *
 * @module
 */
import type { AuditEvent } from '../../src/audit/event.js'
import { newEventId } from '../../src/audit/event-id.js'

const KEY_ARN = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const EVENT_TIME = Date.UTC(2026, 10, 23, 12, 0, 0)

const shared = {
  eventTime: EVENT_TIME,
  eventSource: 'kms.amazonaws.com',
  account: '111122223333',
  region: 'us-west-2',
  requestId: '581f1f11-88b9-41e5-9c9c-595a1fb59ac0',
  readOnly: true,
  responseElements: null,
  resources: [{ accountId: '111122223333', type: 'AWS::KMS::Key', arn: KEY_ARN }],
} as const

/** CloudTrail asks for a data key for one log file. */
export function generateDataKeyEvent(): AuditEvent {
  return {
    ...shared,
    eventId: newEventId(EVENT_TIME),
    eventName: 'GenerateDataKey',
    identity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' },
    sourceIpAddress: 'cloudtrail.amazonaws.com',
    userAgent: 'cloudtrail.amazonaws.com',
    requestParameters: {
      keyId: 'alias/trail',
      encryptionContext: {
        'aws:cloudtrail:arn': 'arn:aws:cloudtrail:us-west-2:111122223333:trail/Default',
        'aws:s3:arn':
          'arn:aws:s3:::example-bucket-for-CT-logs/AWSLogs/111122223333/CloudTrail/us-west-2/' +
          '2015/11/11/111122223333_CloudTrail_us-west-2_20151111T2115Z_7JREEBimdK8d2nC9.json.gz',
      },
      keySpec: 'AES_256',
    },
  }
}

/** A user reads it. */
export function decryptEvent(): AuditEvent {
  return {
    ...shared,
    eventId: newEventId(EVENT_TIME),
    eventName: 'Decrypt',
    identity: {
      type: 'IAMUser',
      principalId: 'AIDACKCEVSQ6C2EXAMPLE',
      arn: 'arn:aws:iam::111122223333:user/reader',
      accountId: '111122223333',
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      userName: 'reader',
    },
    sourceIpAddress: '192.0.2.7',
    userAgent: 'aws-sdk-js/3.1164.0',
    requestParameters: {
      encryptionContext: {
        'aws:cloudtrail:arn': 'arn:aws:cloudtrail:us-west-2:111122223333:trail/Default',
      },
      encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    },
  }
}
