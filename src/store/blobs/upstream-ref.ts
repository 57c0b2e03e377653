/**
 * Names of blobs that lie upstream, in an S3-compatible bucket, and where they lead.
 *
 *     up-<id>-<bytes of the pack>-<offset>-<bytes>      packs/<id>-<bytes of the pack>, a record at offset
 *     uf-<id>-<bytes>                                   files/<id>
 *
 * Refs of this side begin with `u`, and no other does (ref.ts). Whoever talks to the upstream is elsewhere (src/upstream).
 * Source: docs/FORMAT.md §10.1.
 *
 * @module
 */
import { noSuchBlob } from './faults.js'

export interface UpstreamRecord {
  readonly kind: 'pack'
  /** `<id>-<bytes of the pack>`. */
  readonly pack: string
  readonly offset: number
  readonly bytes: number
}

export interface UpstreamFile {
  readonly kind: 'file'
  readonly id: string
  readonly bytes: number
}

const RADIX = 36
const NUMBER = '0|[1-9a-z][0-9a-z]{0,9}'
const IN_PACK = new RegExp(`^up-([0-9a-f]{32}-(?:${NUMBER}))-(${NUMBER})-(${NUMBER})$`)
const IN_FILE = new RegExp(`^uf-([0-9a-f]{32})-(${NUMBER})$`)
const PACK = new RegExp(`^[0-9a-f]{32}-(${NUMBER})$`)

export function isUpstreamRef(ref: string): boolean {
  return ref.startsWith('u')
}

/** @throws SealtrailError `ObjectDamaged` for what is no ref of this side */
export function upstreamPlaceOf(ref: string): UpstreamRecord | UpstreamFile {
  const [, pack, offset, packed] = IN_PACK.exec(ref) ?? []
  if (pack !== undefined) {
    return { kind: 'pack', pack, offset: numberOf(offset!), bytes: numberOf(packed!) }
  }
  const [, id, bytes] = IN_FILE.exec(ref) ?? []
  if (id === undefined) throw noSuchBlob(ref)
  return { kind: 'file', id, bytes: numberOf(bytes!) }
}

/** @param packBytes of the whole object */
export function upstreamPackName(id: string, packBytes: number): string {
  return `${id}-${packBytes.toString(RADIX)}`
}

/** Bytes of the whole object; undefined for what is no name of a pack. */
export function upstreamPackBytes(name: string): number | undefined {
  const bytes = PACK.exec(name)?.[1]
  return bytes === undefined ? undefined : numberOf(bytes)
}

export function upstreamPackRef(pack: string, offset: number, bytes: number): string {
  return `up-${pack}-${offset.toString(RADIX)}-${bytes.toString(RADIX)}`
}

export function upstreamFileRef(id: string, bytes: number): string {
  return `uf-${id}-${bytes.toString(RADIX)}`
}

export interface Between {
  readonly after: string
  readonly before: string
}

/** All refs into the packs from `first` to `last`, as names sort, and no others. */
export function refsOfUpstreamPacks(first: string, last = first): Between {
  return { after: `up-${first}-`, before: `up-${last}.` }
}

/** The same of files, by their ids. */
export function refsOfUpstreamFiles(first: string, last: string): Between {
  return { after: `uf-${first}-`, before: `uf-${last}.` }
}

function numberOf(text: string): number {
  return Number.parseInt(text, RADIX)
}
