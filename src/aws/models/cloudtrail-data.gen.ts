/**
 * What is served of CloudTrail Data, from the API model 2021-08-11.
 *
 * Written by scripts/aws-model.mjs; do not edit. model.ts makes a tree of it, typed.ts makes TypeScript types.
 * Source: botocore's service-2.json (Apache-2.0).
 *
 * @module
 */

export const CLOUDTRAIL_DATA = {
  name: 'cloudtrail-data',
  version: '2021-08-11',
  operations: {
    PutAuditEvents: { input: 'PutAuditEventsRequest', output: 'PutAuditEventsResponse', path: '/PutAuditEvents' },
  },
  others: [
  ],
  shapes: {
    AuditEvent: { type: 'structure', required: ['eventData', 'id'], members: { eventData: 'String', eventDataChecksum: 'String', id: 'Uuid' } },
    AuditEventResultEntries: { type: 'list', min: 0, max: 100, member: 'AuditEventResultEntry' },
    AuditEventResultEntry: { type: 'structure', required: ['eventID', 'id'], members: { eventID: 'Uuid', id: 'Uuid' } },
    AuditEvents: { type: 'list', min: 1, max: 100, member: 'AuditEvent' },
    ChannelArn: { type: 'string', pattern: '^arn:.*$' },
    ErrorCode: { type: 'string', min: 1, max: 128 },
    ErrorMessage: { type: 'string', min: 1, max: 1024 },
    ExternalId: { type: 'string', min: 2, max: 1224, pattern: '^[\\w+=,.@:\\/-]*$' },
    PutAuditEventsRequest: { type: 'structure', http: { channelArn: { at: 'query' }, externalId: { at: 'query' } }, required: ['auditEvents', 'channelArn'], members: { auditEvents: 'AuditEvents', channelArn: 'ChannelArn', externalId: 'ExternalId' } },
    PutAuditEventsResponse: { type: 'structure', required: ['failed', 'successful'], members: { failed: 'ResultErrorEntries', successful: 'AuditEventResultEntries' } },
    ResultErrorEntries: { type: 'list', min: 0, max: 100, member: 'ResultErrorEntry' },
    ResultErrorEntry: { type: 'structure', required: ['errorCode', 'errorMessage', 'id'], members: { errorCode: 'ErrorCode', errorMessage: 'ErrorMessage', id: 'Uuid' } },
    String: { type: 'string' },
    Uuid: { type: 'string', min: 1, max: 128, pattern: '^[-_A-Za-z0-9]+$' },
  },
} as const
