/**
 * What a bench.json holds: the one source of the checks (seed/check.ts) and of docs/bench-report.schema.json.
 *
 * JSON Schema, draft 2020-12; report.ts has the same as types. What is not known is passed over, so that a later program may
 * say more. After a change: `node scripts/bench-report-schema.mjs`.
 *
 * @module
 */
import { ENVIRONMENT, STARTED_AT, whole } from '../../load/report/schema.js'
import type { Schema } from '../../seed/check.js'

const MANY = 10_000
/** Of one contest. */
const CONTENDERS_MAX = 100
const OUTCOMES_MAX = 100
const QUESTIONS_MAX = 100

const count: Schema = { type: 'integer', minimum: 0 }
const amount: Schema = { type: 'number', minimum: 0 }
const text: Schema = { type: 'string', maxLength: 65_536 }
const names: Schema = { type: 'array', items: text, maxItems: CONTENDERS_MAX }

const standing = whole({
  ...{ name: text, median: amount, p99: amount, spread: amount },
  ratios: { type: 'object', additionalProperties: amount, maxProperties: CONTENDERS_MAX },
  rounds: { type: 'array', items: amount, minItems: 1, maxItems: MANY },
})
const outcome = whole({
  ...{ title: text, baselines: names },
  bytesPerOp: { type: ['number', 'null'], minimum: 0 },
  sweep: {
    ...whole({ of: text, at: amount, unit: { enum: ['bytes', 'at once'] } }),
    type: ['object', 'null'],
  },
  standings: { type: 'array', items: standing, maxItems: CONTENDERS_MAX },
})
const answered = whole({
  ...{ name: text, asks: text, load: amount, seconds: amount },
  core: { type: ['integer', 'null'], minimum: 0 },
  failed: { type: ['string', 'null'], maxLength: 65_536 },
  notes: { type: 'array', items: text, maxItems: MANY },
  outcomes: { type: 'array', items: outcome, maxItems: OUTCOMES_MAX },
})

export const BENCH_SCHEMA: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'What sealtrail bench measured, version 1',
  ...whole({
    version: { type: 'integer', minimum: 1, maximum: 1 },
    startedAt: STARTED_AT,
    environment: ENVIRONMENT,
    pace: whole({ rounds: count, sliceMs: amount, warmUpMs: amount }),
    questions: { type: 'array', items: answered, maxItems: QUESTIONS_MAX },
  }),
}
