/**
 * What KMS does by itself, for the records that tell of it: AWS's service events.
 *
 * Source: AWS KMS developer guide, "Logging AWS KMS API calls with AWS CloudTrail", RotateKey, DeleteKey and
 * DeleteExpiredKeyMaterial.
 *
 * @module
 */
import type { AuditObject } from '../audit/event.js'
import { newEventId } from '../audit/event-id.js'
import { buildRecord } from '../audit/record.js'
import type { Call } from '../service/calls/call.js'
import { type KmsKey, keyResource } from './keys/key.js'
import type { ShapeValue } from './model/kms.js'

export const EVENT_SOURCE = 'kms.amazonaws.com'

/** A key is deleted days after somebody asked for it. */
export function recordOfDeletion(time: number, key: KmsKey): string {
  return serviceRecord('DeleteKey', time, key, {
    ...{ responseElements: { keyId: key.arn }, serviceEventDetails: { keyId: key.keyId } },
  })
}

/** Imported material goes by itself when its time is over. */
export function recordOfExpiry(time: number, key: KmsKey, keyMaterialId: string): string {
  const serviceEventDetails = { keyId: key.keyId, keyMaterialId }
  const told = { responseElements: null, serviceEventDetails }
  return serviceRecord('DeleteExpiredKeyMaterial', time, key, told)
}

/** What a call does to a key in another region than its own stands in the records of that region, too. */
export function recordOfRelated({ time, context }: Call, eventName: string, key: KmsKey): string {
  const { caller, sourceIpAddress, userAgent, requestId, tls } = context
  return buildRecord({
    ...{ eventId: newEventId(time), eventTime: time, eventSource: EVENT_SOURCE },
    ...{ eventName, account: key.account, region: key.region },
    ...{ identity: caller.identity, sourceIpAddress, userAgent, requestId, readOnly: false },
    ...{ requestParameters: null, responseElements: { keyId: key.arn } },
    resources: [keyResource(key)],
    ...(tls === undefined ? {} : { tls }),
  })
}

/** Of a key, and of the replicas that were given the same material with it. */
export function recordsOfRotation(
  time: number,
  [primary, ...replicas]: readonly KmsKey[],
  rotationType: ShapeValue<'RotationType'>,
): string[] {
  const serviceEventDetails = { rotationType, keyId: primary!.keyId }
  return [
    serviceRecord('RotateKey', time, primary!, { responseElements: null, serviceEventDetails }),
    ...replicas.map((key) => recordOfSynchronization(time, key)),
  ]
}

/** What was done to the primary is true of the replica as well. */
export function recordOfSynchronization(time: number, replica: KmsKey): string {
  const responseElements = { keyId: replica.arn }
  return serviceRecord('SynchronizeMultiRegionKey', time, replica, { responseElements })
}

function serviceRecord(
  eventName: string,
  eventTime: number,
  key: KmsKey,
  told: {
    readonly responseElements: AuditObject | null
    readonly serviceEventDetails?: AuditObject
  },
): string {
  return buildRecord({
    eventId: newEventId(eventTime),
    eventTime,
    eventSource: EVENT_SOURCE,
    eventName,
    account: key.account,
    region: key.region,
    identity: { type: 'AWSService', invokedBy: EVENT_SOURCE },
    sourceIpAddress: EVENT_SOURCE,
    userAgent: EVENT_SOURCE,
    ...{ isServiceEvent: true, readOnly: false, requestParameters: null },
    resources: [keyResource(key)],
    ...told,
  })
}
