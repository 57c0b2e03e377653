/**
 * Where what a trail delivers lies in its bucket.
 *
 *     [prefix/]AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz
 *     [prefix/]AWSLogs/ACCOUNT/CloudTrail-Digest/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOME_YYYYMMDDTHHMMSSZ.json.gz
 *
 * A digest for files that came late has `_backfill` behind its time. Source: docs/FORMAT.md §11; AWS CloudTrail user guide, "Finding your CloudTrail log files", "digest file location".
 *
 * @module
 */
import type { Root } from '../../root/root.js'
import type { Batch, BatchFile, Trail } from '../trails/trail.js'
import { logsPrefix } from './service.js'

export interface IngestedFile extends BatchFile {
  readonly account: string
  /** SHA-256 of its content, in hex. */
  readonly hash: string
  /** Under how many names before there is something else. */
  readonly taken?: number
}

const UNIQUE = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const UNIQUE_CHARACTERS = 16

/** The same for the same file, however often it is put, until somebody else has put something there; nobody's to guess. */
export function logFileKey(root: Root, trail: Trail, batch: Batch, file: BatchFile): string {
  const { region, slotEnd } = file
  const { after, upTo, taken = 0 } = batch
  const facts = ['trail-file', trail.id, region, slotEnd, after, upTo]
  if (taken > 0) facts.push(taken)
  return logKey(trail, region, slotEnd, uniqueName(root, facts))
}

/** Of events that are ingested: the same for the same bytes, and nobody else's to guess. */
export function ingestedFileKey(root: Root, trail: Trail, file: IngestedFile): string {
  const { account, region, slotEnd, hash, taken = 0 } = file
  const facts = ['ingested-file', trail.id, account, region, slotEnd, hash]
  if (taken > 0) facts.push(taken)
  return logKey({ ...trail, account }, region, slotEnd, uniqueName(root, facts))
}

export function digestKey(trail: Trail, region: string, end: number, isBackfill = false): string {
  const { account, name, region: home } = trail
  const which = `${account}_CloudTrail-Digest_${region}_${name}_${home}_${stampOf(end)}`
  const file = `${which}${isBackfill ? '_backfill' : ''}.json.gz`
  return `${folderOf(trail, 'CloudTrail-Digest', region, end)}${file}`
}

/** `2026-01-02T03:00:00Z`. */
export function timeText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

function folderOf(
  { account, config }: Trail,
  kind: 'CloudTrail' | 'CloudTrail-Digest',
  region: string,
  time: number,
): string {
  const day = timeText(time).slice(0, 10).replaceAll('-', '/')
  return `${logsPrefix(account, config.prefix)}${kind}/${region}/${day}/`
}

/** `20260102T030000Z`. */
function stampOf(time: number): string {
  return timeText(time).replace(/[-:]/g, '')
}

function logKey(trail: Trail, region: string, slotEnd: number, unique: string): string {
  const minute = stampOf(slotEnd).replace(/\d\dZ$/, 'Z')
  const name = `${trail.account}_CloudTrail_${region}_${minute}_${unique}.json.gz`
  return `${folderOf(trail, 'CloudTrail', region, slotEnd)}${name}`
}

/** What a name says of what is in it, and nobody else can say. */
export function uniqueName(root: Root, says: ReadonlyArray<string | number>): string {
  const bytes = root.authenticate(JSON.stringify(says)).subarray(0, UNIQUE_CHARACTERS)
  return Array.from(bytes, (byte) => UNIQUE[byte % UNIQUE.length]).join('')
}
