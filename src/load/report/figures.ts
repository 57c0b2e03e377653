/**
 * Figures as people read them: three digits, a unit that fits, the same in every locale.
 *
 *     1 234 567 ns → 1.23 ms      0.0314 → +3.1 %      20 300 000 B/s → 20.3 MB/s
 *
 * @module
 */

const TIMES = [
  ['ns', 1],
  ['µs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
] as const
const BYTES = [
  ['B', 1],
  ['kB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
  ['TB', 1e12],
] as const

export function timeText(ns: number): string {
  return scaled(ns, TIMES)
}

export function bytesText(bytes: number): string {
  return scaled(bytes, BYTES)
}

export function bytesRateText(bytesPerSecond: number): string {
  return `${bytesText(bytesPerSecond)}/s`
}

/** Operations per second. */
export function rateText(perSecond: number): string {
  return `${countText(perSecond)}/s`
}

/** Whole from a hundred on, with thousands apart. */
export function countText(count: number): string {
  if (Math.abs(count) < 100) return digits(count)
  return Math.round(count)
    .toFixed(0)
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

export function shareText(share: number): string {
  return `${digits(share * 100)} %`
}

/** With its sign. */
export function changeText(share: number): string {
  if (!Number.isFinite(share)) return share > 0 ? '+∞' : '−∞'
  const percent = (Math.abs(share) * 100).toFixed(Math.abs(share) < 0.1 ? 1 : 0)
  const sign = Number(percent) === 0 ? '±' : share < 0 ? '−' : '+'
  return `${sign}${percent} %`
}

/** Seconds as minutes and hours where they are many. */
export function durationText(seconds: number): string {
  if (seconds < 120) return `${digits(seconds)} s`
  const whole = Math.round(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const rest = whole % 60
  const parts = [hours > 0 ? `${hours} h` : '', minutes > 0 ? `${minutes} min` : '']
  return [...parts, rest > 0 ? `${rest} s` : ''].filter((part) => part !== '').join(' ')
}

/** Three that count. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size === 0) return '0'
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
  const text = value.toFixed(decimals)
  return decimals > 0 ? text.replace(/\.?0+$/, '') : text
}

function scaled(value: number, units: ReadonlyArray<readonly [string, number]>): string {
  const size = Math.abs(value)
  let [name, unit] = units[0]!
  // 999.6 of a unit is 1 of the next.
  for (const [bigger, factor] of units) if (size >= factor * 0.9995) [name, unit] = [bigger, factor]
  return `${digits(value / unit)} ${name}`
}
