/**
 * An event as the record that a commit appends.
 *
 * It goes into the same commit as the effect that it tells of: no effect without a record, no record without an
 * effect, one sync for both. The columns beside the text are what records are looked up by.
 *
 * @module
 */
import type { NewRecord } from '../store/change.js'
import type { AuditEvent } from './event.js'
import { buildRecord } from './record.js'

export function auditRecord(event: AuditEvent): NewRecord {
  return {
    event_id: event.eventId,
    event_time: event.eventTime,
    account: event.account,
    region: event.region,
    event_source: event.eventSource,
    event_name: event.eventName,
    record: buildRecord(event),
  }
}
