/**
 * A stream of events as a call: who sent it, into which trail, and how much of it is safe, in one record.
 *
 * The record is always left, also by a stream that failed or was refused, as a management event: what is ingested stands in
 * signed evidence from then on. It shows no event. What policies are asked for is PutAuditEvents, on the trail. How a stream
 * becomes log files is in stream.ts.
 *
 * @module
 */
import { unlike } from '../../given.js'
import type { Call } from '../../service/calls/call.js'
import type { ServiceTable } from '../../service/service.js'
import { CLOUDTRAIL_DATA_API } from '../model.js'
import type { TrailParts } from '../parts.js'
import { unknownTrail } from '../refusals.js'
import { trailRef } from '../trails/name.js'
import { trailArn } from '../trails/trail.js'
import { type IngestOptions, ingest } from './ingest.js'
import type { EventSource } from './source.js'
import { type Ingested, NOTHING_INGESTED } from './stream.js'

export interface StreamInput {
  /** Of a trail, or its ARN; as a program gave it. */
  readonly name: string
  readonly events: EventSource
  readonly options: IngestOptions | undefined
  readonly closing: AbortSignal
}

export const STREAMS_TABLE: ServiceTable<TrailParts> = {
  api: CLOUDTRAIL_DATA_API,
  eventSource: 'cloudtrail-data.amazonaws.com',
  internalFault: 'InternalFailure',
  operations: { PutAuditEvents: { run: ingestFor, isReadOnly: false } },
}

async function ingestFor(
  parts: TrailParts,
  call: Call,
  { name, events, options, closing }: StreamInput,
): Promise<Ingested> {
  if (typeof name !== 'string') throw unlike('the name of a trail', 'a string', name)
  const { account } = call.caller
  const ref = trailRef(name, call.caller)
  call.show({ name })
  const trail = ref.account === account ? parts.trails.find(ref) : undefined
  const [arn, tags] = [trailArn(ref), trail?.config.tags]
  call.may({ action: 'cloudtrail-data:PutAuditEvents', owner: ref.account, arn, tags })
  if (trail === undefined) throw unknownTrail(arn, account)
  call.uses({ accountId: account, type: 'AWS::CloudTrail::Trail', arn })
  const note = (ingested: Ingested) => call.showBeside({ ingested: { ...ingested } })
  note(NOTHING_INGESTED)
  const ingested = await ingest(parts, trail, events, options, { closing, note })
  await call.succeed()
  return ingested
}
