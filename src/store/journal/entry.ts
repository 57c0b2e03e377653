/**
 * What the journal keeps of one commit.
 *
 *     | length 4 | CRC-32 4 | kind 1 | of 1 | records 2 | bytes of facts 4 | facts | length 4, record | … |
 *                            └────────────────────── the content ──────────────────────────────┘
 *
 * Facts are JSON in UTF-8, so that a later version can read them by name; bytes in them are `{"base64":"…"}`. A record
 * is a line of JSON as it was given. An entry takes a sequence number for each record, and one when it has none; its
 * own is the first of them. `of` says which tables the facts are about.
 *
 * Source: docs/FORMAT.md §5.3.
 *
 * @module
 */
import { crc32 } from 'node:zlib'
import { SealtrailError } from '../../errors.js'
import { invariant } from '../../invariant.js'
import { type Change, isOfLarge } from '../change.js'

/** Length and CRC-32. */
const ENTRY_FRAME_BYTES = 8
const CONTENT_HEAD_BYTES = 8
const KIND_COMMIT = 1
/** Whether an entry has facts of the large tables, and others: so that whoever needs the ones passes over the others. */
export const FACTS_OF = { small: 0, large: 1, both: 2 } as const

export type FactsOf = (typeof FACTS_OF)[keyof typeof FACTS_OF]

const RECORDS_MAX = 0xffff
const ROOM_BYTES = 64 * 1024

/** Entries one after the other, in memory that can be handed to another thread. */
export class EntryWriter {
  #buffer = Buffer.allocUnsafeSlow(ROOM_BYTES)
  #length = 0

  get bytes(): number {
    return this.#length
  }

  /** Forgets the entry that was added last, which begins at `bytes`. */
  cut(bytes: number): void {
    this.#length = bytes
  }

  /**
   * Adds an entry, and gives its size in bytes.
   * @throws SealtrailError `InputInvalid` for text that would not come back as it is.
   */
  add(changes: readonly Change[], records: readonly string[]): number {
    invariant(records.length <= RECORDS_MAX, 'an entry has only so many records')
    const facts = changes.length === 0 ? '' : factsText(changes)
    let room = ENTRY_FRAME_BYTES + CONTENT_HEAD_BYTES + 3 * facts.length
    for (const record of records) room += 4 + 3 * record.length
    this.#makeRoom(room)
    const buffer = this.#buffer
    const begin = this.#length
    const content = begin + ENTRY_FRAME_BYTES
    buffer[content] = KIND_COMMIT
    buffer[content + 1] = factsOf(changes)
    buffer.writeUInt16BE(records.length, content + 2)
    let at = content + CONTENT_HEAD_BYTES
    at += writeText(buffer, facts, at)
    buffer.writeUInt32BE(at - content - CONTENT_HEAD_BYTES, content + 4)
    for (const record of records) {
      const bytes = writeText(buffer, record, at + 4)
      buffer.writeUInt32BE(bytes, at)
      at += 4 + bytes
    }
    buffer.writeUInt32BE(at - content, begin)
    buffer.writeUInt32BE(crc32(buffer.subarray(content, at)), begin + 4)
    this.#length = at
    return at - begin
  }

  /** All that was added, in memory of its own that the caller may transfer. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#length
    this.#length = 0
    const { buffer } = this.#buffer
    // A few are copied, rather than to make large memory for each.
    if (2 * bytes < ROOM_BYTES) return new Uint8Array(buffer.slice(0, bytes))
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(ROOM_BYTES, bytes))
    return new Uint8Array(buffer, 0, bytes)
  }

  #makeRoom(bytes: number): void {
    const wanted = this.#length + bytes
    if (wanted <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.#buffer.length))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

/** An entry as the journal has it. */
export interface StoredEntry {
  readonly facts: Buffer
  readonly of: FactsOf
  readonly records: readonly Buffer[]
  /** Sequence numbers that it takes. */
  readonly sequences: number
}

/** The entries in `body`; undefined in the place of one that is not as it was written, and nothing behind it. */
export function* entriesOf(body: Buffer): Generator<StoredEntry | undefined> {
  let at = 0
  while (at < body.length) {
    const bytes = at + ENTRY_FRAME_BYTES <= body.length ? body.readUInt32BE(at) : 0
    const end = at + ENTRY_FRAME_BYTES + bytes
    if (bytes < CONTENT_HEAD_BYTES || end > body.length) return yield undefined
    const content = body.subarray(at + ENTRY_FRAME_BYTES, end)
    if (crc32(content) !== body.readUInt32BE(at + 4)) return yield undefined
    yield readContent(content)
    at = end
  }
}

/** Of content that is known to be as it was written. */
function readContent(content: Buffer): StoredEntry | undefined {
  const of = content[1]
  if (content[0] !== KIND_COMMIT || !isFactsOf(of)) return undefined
  const count = content.readUInt16BE(2)
  let at = CONTENT_HEAD_BYTES + content.readUInt32BE(4)
  const facts = content.subarray(CONTENT_HEAD_BYTES, at)
  const records: Buffer[] = []
  for (let i = 0; i < count; i++) {
    const bytes = content.readUInt32BE(at)
    records.push(content.subarray(at + 4, at + 4 + bytes))
    at += 4 + bytes
  }
  return { facts, of, records, sequences: Math.max(1, count) }
}

/** The facts of an entry, as they were given. */
export function changesOf({ facts }: StoredEntry): Change[] {
  if (facts.length === 0) return []
  const changes = JSON.parse(facts.toString('utf8')) as Change[]
  // A walk of its own costs less than a reviver, which is called for each name.
  for (const change of changes) restoreBytes('put' in change ? change.row : change.key)
  return changes
}

function restoreBytes(row: object): void {
  const values = row as Record<string, unknown>
  for (const column of Object.keys(values)) {
    const value = values[column]
    if (isBytes(value)) values[column] = Buffer.from(value.base64, 'base64')
  }
}

/** What a commit of `changes` is about. */
export function factsOf(changes: readonly Change[]): FactsOf {
  const large = changes.filter(isOfLarge).length
  if (large === 0) return FACTS_OF.small
  return large === changes.length ? FACTS_OF.large : FACTS_OF.both
}

function isFactsOf(value: number | undefined): value is FactsOf {
  return value !== undefined && value <= FACTS_OF.both
}

function isBytes(value: unknown): value is { readonly base64: string } {
  return typeof value === 'object' && value !== null && 'base64' in value
}

function factsText(changes: readonly Change[]): string {
  return JSON.stringify(
    changes.map((change) =>
      'put' in change
        ? { put: change.put, row: plain(change.row) }
        : { drop: change.drop, key: plain(change.key) },
    ),
  )
}

function plain(row: object): Record<string, unknown> {
  const told: Record<string, unknown> = {}
  for (const column of Object.keys(row)) {
    const value = (row as Record<string, unknown>)[column]
    if (value instanceof Uint8Array) {
      const { buffer, byteOffset, length } = value
      told[column] = { base64: Buffer.from(buffer, byteOffset, length).toString('base64') }
    } else told[column] = storable(value)
  }
  return told
}

/** Values that come back as they were. Others would be cut at the NUL (PostgreSQL refuses it) or changed. */
function storable(value: unknown): unknown {
  if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value
  invariant(typeof value === 'string', 'a row has values that a database knows')
  if (!value.includes('\0') && value.isWellFormed()) return value
  throw new SealtrailError('InputInvalid', 'text with a NUL or half a character cannot be stored')
}

/** Bytes written. */
function writeText(buffer: Buffer, text: string, at: number): number {
  if (text.isWellFormed()) return buffer.write(text, at)
  throw new SealtrailError('InputInvalid', 'text with half a character cannot be stored')
}
