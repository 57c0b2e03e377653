/**
 * Times and sizes as people write them: `500ms`, `10s`, `5m`, `1h`; `100B`, `64KiB`, `1MB`.
 *
 * Patterns are those of JSON Schema too (schema.ts): what matches is taken, so nothing here fails.
 *
 * @module
 */
import { invariant } from '../../invariant.js'

export const DURATION_PATTERN = '^\\d{1,9}(\\.\\d{1,3})?(ms|s|m|h)$'
export const SIZE_PATTERN = '^\\d{1,9}(\\.\\d{1,3})?(B|KB|MB|GB|KiB|MiB|GiB)$'

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const BYTES: Readonly<Record<string, number>> = {
  ...{ B: 1, KB: 1e3, MB: 1e6, GB: 1e9 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
}

/** Milliseconds of what {@link DURATION_PATTERN} lets through. */
export function durationMs(text: string): number {
  return quantity(text, MS)
}

/** Bytes, whole ones, of what {@link SIZE_PATTERN} lets through. */
export function sizeBytes(text: string): number {
  return Math.round(quantity(text, BYTES))
}

function quantity(text: string, units: Readonly<Record<string, number>>): number {
  const [, number, unit = ''] = /^([\d.]+)(\D+)$/.exec(text) ?? []
  const factor = units[unit]
  invariant(number !== undefined && factor !== undefined, 'a quantity was checked before')
  return Number(number) * factor
}
