/**
 * An event on its way into the database.
 *
 * The write is given back and not executed, because it belongs into the same commit as the effect it
 * tells of: no effect without a record, no record without an effect, one sync for both.
 *
 * @module
 */
import type { CompiledQuery } from 'kysely'
import type { Store } from '../store/store.js'
import type { AuditEvent } from './event.js'
import { buildRecord } from './record.js'

/** Compiling takes longer than everything else here, and the text never changes. */
const templates = new WeakMap<Store['query'], CompiledQuery>()

/** The write that appends the record of `event`; its `seq` is given by the database. */
export function auditInsert(store: Pick<Store, 'query'>, event: AuditEvent): CompiledQuery {
  let template = templates.get(store.query)
  if (template === undefined) {
    template = store.query.insertInto('audit_record').values(row(event)).compile()
    templates.set(store.query, template)
  }
  return { ...template, parameters: Object.values(row(event)) }
}

/** Its members in the order of the statement's parameters. */
function row(event: AuditEvent) {
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
