/**
 * What a report.json holds: the one source of the checks (seed/check.ts) and of docs/load-report.schema.json.
 *
 * JSON Schema, draft 2020-12; run.ts has the same as types. What is not known is passed over, so that a later program may
 * say more. After a change: `node scripts/load-report-schema.mjs`.
 *
 * @module
 */
import type { Schema } from '../../seed/check.js'

const WINDOWS_MAX = 1_000_000
const KINDS_MAX = 10_000
const CLIENTS_MAX = 64
/** A histogram of four digits over an hour, deflated, has less. */
const HDR_CHARACTERS_MAX = 4 * 1024 * 1024

export const count: Schema = { type: 'integer', minimum: 0 }
export const amount: Schema = { type: 'number', minimum: 0 }
export const maybe: Schema = { type: ['number', 'null'], minimum: 0 }
export const text: Schema = { type: 'string', maxLength: 65_536 }
const maybeText: Schema = { type: ['string', 'null'], maxLength: 65_536 }
export const counts: Schema = {
  type: 'object',
  additionalProperties: count,
  maxProperties: KINDS_MAX,
}

type Members = Readonly<Record<string, Schema>>

/** An object that has all of these members, and may have others. */
export function whole(properties: Members, others: Members = {}): Schema {
  const required = Object.keys(properties)
  return { type: 'object', required, properties: { ...properties, ...others } }
}

export const summary = {
  ...{ count, min: amount, mean: amount, max: amount },
  ...{ p50: amount, p90: amount, p99: amount, p999: amount },
}
export const hdr: Schema = {
  ...{ type: 'string', maxLength: HDR_CHARACTERS_MAX, pattern: '^[A-Za-z0-9+/]*={0,2}$' },
}
const latency = whole({ ...summary, hdr })
const totals = {
  ...{ planned: count, sent: count, ok: count, errors: counts, dropped: count },
  ...{ bytes: amount, storedBytes: maybe, seconds: amount },
  ...{ corrected: latency, raw: latency },
}
const use = { cpu: amount, rssBytes: amount, threads: count, fsyncs: maybe }
const windowMembers = {
  ...{ at: amount, ms: amount, planned: count, sent: count, ok: count, errors: counts },
  ...{ dropped: count, inFlight: count, bytes: amount },
  ...{ corrected: whole(summary), raw: whole(summary), clientCpu: amount },
  target: { ...whole(use), type: ['object', 'null'] },
} as const
const window = whole(windowMembers, { storedBytes: maybe })
const targetTotal = { cpuSeconds: amount, rssBytesMax: amount, threadsMax: count, fsyncs: maybe }
export const check = whole({
  ...{ name: text, count, failed: count },
  examples: { type: 'array', items: text, maxItems: KINDS_MAX },
})
/** Of a report of benches, too. */
export const ENVIRONMENT = whole({
  ...{ cpu: text, cores: count, kernel: text, node: text, openssl: text },
  flags: { type: 'array', items: text, maxItems: KINDS_MAX },
  ...{ engine: maybeText, commit: maybeText, governor: maybeText, stealMs: maybe },
})

const client = whole({
  ...{ address: text, environment: ENVIRONMENT, begunLateMs: maybe },
  clock: {
    ...whole({ offsetMs: { type: 'number' }, uncertaintyMs: amount }),
    type: ['object', 'null'],
  },
  lateness: { ...whole(summary), type: ['object', 'null'] },
  totals: { ...whole(totals), type: ['object', 'null'] },
  lost: maybeText,
})

export const STARTED_AT: Schema = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?Z$',
}

export const RUN_SCHEMA: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'What one run of sealtrail load measured, version 1',
  ...whole(
    {
      version: { type: 'integer', minimum: 1, maximum: 1 },
      scenario: { type: 'object' },
      environment: ENVIRONMENT,
      startedAt: STARTED_AT,
      plannedRate: maybe,
      warmup: { ...whole(totals), type: ['object', 'null'] },
      totals: whole(totals),
      operations: { type: 'object', additionalProperties: whole(totals), maxProperties: KINDS_MAX },
      windows: { type: 'array', items: window, maxItems: WINDOWS_MAX },
      checks: { type: 'array', items: check, maxItems: KINDS_MAX },
      ended: { enum: ['complete', 'steady', 'interrupted', 'aborted', 'failed'] },
    },
    {
      target: { ...whole(targetTotal), type: ['object', 'null'] },
      clients: { type: 'array', items: client, maxItems: CLIENTS_MAX },
    },
  ),
}
