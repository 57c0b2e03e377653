/**
 * A proof of served requests held through both fronts, and their reports as one.
 */
import { join } from 'node:path'

/** For `native`: one front after the other. */
export const BOTH = -1

/**
 * The reports of `prove`, one for each front; each has its share of `requests` and a folder of its own.
 *
 * @param options those of the proof, with `native`: 0 for node:http, 1 for the addon's front, or BOTH
 */
export async function throughFronts(prove, { requests, native, folder, ...options }) {
  const fronts = native === BOTH ? [0, 1] : [native]
  const reports = []
  for (const [i, front] of fronts.entries()) {
    const count =
      Math.floor(((i + 1) * requests) / fronts.length) - Math.floor((i * requests) / fronts.length)
    const given = { ...options, requests: count, native: front, folder: join(folder, `${front}`) }
    reports.push(await prove(given))
  }
  return reports
}

/** What both count, under one name. */
export function sumOf(reports, name) {
  return reports.reduce((all, report) => all + report[name], 0)
}

/** What both count by something, such as an answer's status. */
export function joined(reports, name) {
  const all = {}
  for (const report of reports) {
    for (const [key, count] of Object.entries(report[name])) all[key] = (all[key] ?? 0) + count
  }
  return all
}
