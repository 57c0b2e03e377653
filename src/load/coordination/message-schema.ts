/**
 * The forms of what coordinator and client say to each other (messages.ts), with a bound for everything.
 *
 * @module
 */
import type { Schema } from '../../seed/check.js'
import {
  amount,
  check,
  count,
  counts,
  ENVIRONMENT,
  hdr,
  maybe,
  summary,
  text,
  whole,
} from '../report/schema.js'

const WORK_MAX = 20
const WINDOWS_MAX = 1_000_000
const CLIENTS_MAX = 64
const CHECKS_MAX = 1000
/** Times: the epoch, and far enough from it. */
const wall: Schema = { type: 'integer', minimum: 0, maximum: 2 ** 52 }
const shortText: Schema = { type: 'string', maxLength: 4096 }
const secretText: Schema = { type: 'string', maxLength: 16_384 }

type Members = Readonly<Record<string, Schema>>

function message(kind: string, members: Members = {}): Schema {
  return whole({ kind: { enum: [kind] }, ...members })
}

/** Of any version. */
export const HELLO_SCHEMA = message('hello', { version: count })

const access = whole(
  { accessKeyId: shortText, secretAccessKey: secretText },
  { sessionToken: secretText },
)
const address = whole({
  ...{ kms: shortText, s3: shortText, cloudtrail: shortText, cloudtrailData: shortText },
  ...{ region: shortText, access, prefix: shortText },
  ...{ account: shortText, keyId: shortText, bucket: shortText, channelArn: shortText },
  signingKeys: { type: 'object', additionalProperties: shortText, maxProperties: WORK_MAX },
})

export const TO_CLIENT_SCHEMA: Schema = {
  anyOf: [
    HELLO_SCHEMA,
    message('clock'),
    message('start', {
      scenario: { type: 'object' },
      index: { type: 'integer', minimum: 0, maximum: CLIENTS_MAX },
      address,
    }),
    message('go', { at: wall }),
    message('stop', { why: { enum: ['enough', 'interrupted'] } }),
    message('change', { factor: { type: 'number', minimum: 0, maximum: 1e9 } }),
  ],
}

const countsMembers: Members = {
  ...{ planned: count, sent: count, ok: count, errors: counts, dropped: count },
  ...{ bytes: amount, storedBytes: maybe, corrected: hdr, raw: hdr },
}
const sent = whole({
  warmup: whole(countsMembers),
  operations: {
    type: 'object',
    additionalProperties: whole(countsMembers),
    maxProperties: WORK_MAX,
  },
  ...{ seconds: amount, plannedSeconds: amount, begunLateMs: amount, lateness: whole(summary) },
  checks: { type: 'array', items: check, maxItems: CHECKS_MAX },
})
const window = whole({
  index: { type: 'integer', minimum: 0, maximum: WINDOWS_MAX },
  ...{ at: amount, ms: amount, inFlight: count, clientCpu: amount },
  ...countsMembers,
})

export const FROM_CLIENT_SCHEMA: Schema = {
  anyOf: [
    message('hello', { version: count, machine: ENVIRONMENT }),
    message('refused', { reason: text }),
    message('clock', { at: wall }),
    message('ready'),
    message('window', { window }),
    message('sent', { sent, stealMs: maybe }),
    message('failed', { reason: text }),
  ],
}
