/**
 * `<`, `<=`, `>`, `>=` and `==` between what was measured and what was asked for, and the units of both.
 *
 * @module
 */
import { SealtrailError } from '../../../errors.js'

export type Comparison = '<' | '<=' | '>' | '>=' | '=='

export const THRESHOLD_CHARACTERS_MAX = 512
export const TIMES: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9 }
export const RATES: Readonly<Record<string, number>> = {
  ...{ 'B/s': 1, 'KB/s': 1e3, 'MB/s': 1e6, 'GB/s': 1e9 },
}

export function holds(measured: number, comparison: Comparison, limit: number): boolean {
  switch (comparison) {
    case '<':
      return measured < limit
    case '<=':
      return measured <= limit
    case '>':
      return measured > limit
    case '>=':
      return measured >= limit
    case '==':
      return measured === limit
  }
}

/** Of a threshold that cannot be read. */
export function invalid(text: string, why: string): SealtrailError {
  const told = text.slice(0, THRESHOLD_CHARACTERS_MAX)
  return new SealtrailError('InputInvalid', `'${told}' is no threshold: ${why}`)
}
