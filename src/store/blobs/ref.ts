/**
 * Names of blobs, and where they lead.
 *
 *     p-<number>-<salt>-<offset>-<bytes>      packs/<number>-<salt>.pack, a record at offset
 *     f-<id>-<bytes>                          files/<xx>/<id>, of which xx are the first two digits
 *
 * All of it is ours and random: nothing that a client named is ever in a path. Source: docs/FORMAT.md §10.
 *
 * @module
 */
import { randomId, randomText } from '../../bytes/random.js'
import { noSuchBlob } from './faults.js'

export interface PackPlace {
  readonly kind: 'pack'
  /** `<number>-<salt>`. */
  readonly pack: string
  readonly offset: number
  readonly bytes: number
}

export interface FilePlace {
  readonly kind: 'file'
  readonly id: string
  readonly bytes: number
}

const RADIX = 36
const ALPHANUMERIC = '0123456789abcdefghijklmnopqrstuvwxyz'
const SALT_CHARS = 6
const PACK_NAME = /^([1-9a-z][0-9a-z]{0,9})-[0-9a-z]{6}$/
const IN_PACK =
  /^p-([1-9a-z][0-9a-z]{0,9}-[0-9a-z]{6})-([1-9a-z][0-9a-z]{0,6})-(0|[1-9a-z][0-9a-z]{0,6})$/
const IN_FILE = /^f-([0-9a-f]{32})-(0|[1-9a-z][0-9a-z]{0,9})$/
const FILE_ID = /^[0-9a-f]{32}$/

/** @throws SealtrailError `ObjectDamaged` for what is no ref */
export function placeOf(ref: string): PackPlace | FilePlace {
  const [, pack, offset, packed] = IN_PACK.exec(ref) ?? []
  if (pack !== undefined) {
    return { kind: 'pack', pack, offset: numberOf(offset!), bytes: numberOf(packed!) }
  }
  const [, id, bytes] = IN_FILE.exec(ref) ?? []
  if (id === undefined) throw noSuchBlob(ref)
  return { kind: 'file', id, bytes: numberOf(bytes!) }
}

export function packRef(pack: string, offset: number, bytes: number): string {
  return `p-${pack}-${offset.toString(RADIX)}-${bytes.toString(RADIX)}`
}

export function fileRef(id: string, bytes: number): string {
  return `f-${id}-${bytes.toString(RADIX)}`
}

export function newPackName(number: number): string {
  return `${number.toString(RADIX)}-${randomText(ALPHANUMERIC, SALT_CHARS)}`
}

export function newFileId(): string {
  return randomId().replaceAll('-', '')
}

/** Undefined for what is no name of a pack. */
export function packNumber(name: string): number | undefined {
  const number = PACK_NAME.exec(name)?.[1]
  return number === undefined ? undefined : numberOf(number)
}

export function isFileId(name: string): boolean {
  return FILE_ID.test(name)
}

/** All refs into one pack, and no others, sort between these. */
export function refsOfPack(pack: string): { readonly after: string; readonly before: string } {
  return { after: `p-${pack}-`, before: `p-${pack}.` }
}

/** The same of files whose ids begin with `digits`. */
export function refsOfFiles(digits: string): { readonly after: string; readonly before: string } {
  return { after: `f-${digits}`, before: `f-${digits}g` }
}

function numberOf(text: string): number {
  return Number.parseInt(text, RADIX)
}
