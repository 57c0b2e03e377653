/**
 * What a file of faults may say, as JSON Schema; where what belongs together is checked by faults-file.ts.
 *
 * @module
 */
import { KMS } from '../aws/models/kms.gen.js'
import type { Schema } from '../seed/check.js'

/** Those that AWS's clients try again. */
export const ERRORS = [
  'ThrottlingException',
  'KMSInternalException',
  'DependencyTimeoutException',
  'KeyUnavailableException',
] as const

/** Calls of some operations, or of all, that are to fail, or to wait, or both. */
export interface FaultRule {
  readonly operations?: readonly string[]
  readonly error?: (typeof ERRORS)[number]
  readonly delayMs?: number
  /** So many calls, and none after. */
  readonly first?: number
  /** Each so manieth. */
  readonly every?: number
  /** Of 100 calls about so many, drawn. */
  readonly percent?: number
}

export interface FaultScript {
  /** Draws the same again; 0 unless said. */
  readonly seed?: number
  readonly faults: readonly FaultRule[]
}

const COUNT_MAX = 1_000_000_000

const RULE: Schema = {
  type: 'object',
  properties: {
    operations: {
      type: 'array',
      items: { enum: Object.keys(KMS.operations) },
      minItems: 1,
      uniqueItems: true,
    },
    error: { enum: ERRORS },
    delayMs: { type: 'integer', minimum: 1, maximum: 60_000 },
    first: { type: 'integer', minimum: 1, maximum: COUNT_MAX },
    every: { type: 'integer', minimum: 1, maximum: COUNT_MAX },
    percent: { type: 'integer', minimum: 1, maximum: 100 },
  },
  additionalProperties: false,
}

export const FAULTS_SCHEMA: Schema = {
  type: 'object',
  properties: {
    seed: { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 },
    faults: { type: 'array', items: RULE, minItems: 1, maxItems: 1000 },
  },
  required: ['faults'],
  additionalProperties: false,
}
