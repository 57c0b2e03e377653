/**
 * The blobs of a closed data directory, held against the refs that its rows have.
 *
 * Every blob that is named is read whole: it is there, has its length, and is what its CRC-32 says. Files that nobody
 * names are told, which the next start removes. Reads only. Source: docs/FORMAT.md §10.
 *
 * @module
 */
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { BlobRef } from '../blobs/blobs.js'
import {
  checksumWith,
  FOOT_BYTES,
  fileFoot,
  RECORD_HEAD_BYTES,
  readRecord,
} from '../blobs/packs/layout.js'
import { Places } from '../blobs/places.js'
import { type FilePlace, type PackPlace, packRef, placeOf } from '../blobs/ref.js'
import { isUpstreamRef } from '../blobs/upstream-ref.js'
import type { Damage } from '../damage.js'
import { HeldFile, namesIn, sizeAt } from '../files/held-file.js'

export interface BlobsReport {
  /** That rows name. */
  readonly named: number
  /** Of these, those that lie upstream, and were not looked at. */
  readonly upstream: number
  readonly damage: readonly Damage[]
  /** Files that no row names, or none names anything in. */
  readonly unnamed: readonly string[]
}

const PIECE_BYTES = 8 * 1024 * 1024
/** A lost disk need not fill the memory with what it has lost. */
const DAMAGE_MAX = 1000

export function inspectBlobs(dataDir: string, refs: readonly BlobRef[]): BlobsReport {
  const places = new Places(dataDir)
  const named = new Set<string>()
  const packs = new Map<string, PackPlace[]>()
  const damage: Damage[] = []
  const here = refs.filter((ref) => !isUpstreamRef(ref))
  for (const ref of here) {
    const place = placeOf(ref)
    if (place.kind === 'file') {
      named.add(places.file(place.id))
      damage.push(...fileDamage(place, ref, places))
    } else {
      named.add(places.pack(place.pack))
      const among = packs.get(place.pack)
      if (among === undefined) packs.set(place.pack, [place])
      else among.push(place)
    }
    if (damage.length > DAMAGE_MAX) break
  }
  for (const [pack, among] of packs) damage.push(...packDamage(places.pack(pack), among))
  const unnamed = filesOf(places).filter((file) => !named.has(file))
  const upstream = refs.length - here.length
  return { named: refs.length, upstream, damage: damage.slice(0, DAMAGE_MAX), unnamed }
}

function fileDamage({ id, bytes }: FilePlace, ref: BlobRef, places: Places): Damage[] {
  const path = places.file(id)
  const there = sizeAt(path)
  if (there === undefined) return [{ file: path, reason: 'the file is missing' }]
  if (there !== bytes + FOOT_BYTES) {
    const reason = `it has ${there} bytes, and should have ${bytes + FOOT_BYTES}`
    return [{ file: path, offset: there, reason }]
  }
  const file = HeldFile.open(path)
  try {
    let checksum = 0
    for (let at = 0; at < bytes; at += PIECE_BYTES) {
      checksum = crc32(file.read(at, Math.min(PIECE_BYTES, bytes - at)), checksum)
    }
    const foot = fileFoot(checksumWith(checksum, ref))
    if (file.read(bytes, FOOT_BYTES).equals(foot)) return []
    return [{ file: path, offset: 0, reason: 'it is not as it was written' }]
  } finally {
    file.close()
  }
}

/** In the order of their places, as a disk likes it. */
function packDamage(path: string, places: PackPlace[]): Damage[] {
  if (sizeAt(path) === undefined) {
    const reason = `the file is missing, with ${places.length} blobs`
    return [{ file: path, reason }]
  }
  const found: Damage[] = []
  const file = HeldFile.open(path)
  try {
    for (const { pack, offset, bytes } of places.sort((a, b) => a.offset - b.offset)) {
      const ref = packRef(pack, offset, bytes)
      const record = file.read(offset, RECORD_HEAD_BYTES + bytes + 1)
      if (readRecord(record, ref, bytes) !== undefined) continue
      found.push({ file: path, offset, reason: `${ref} is not as it was written` })
    }
    return found
  } finally {
    file.close()
  }
}

function filesOf(places: Places): string[] {
  return [
    ...namesIn(places.packs).map((name) => join(places.packs, name)),
    ...namesIn(places.files).flatMap((digits) => {
      const directory = places.filesOf(digits)
      return namesIn(directory).map((name) => join(directory, name))
    }),
    ...namesIn(places.uploads).map((name) => join(places.uploads, name)),
  ]
}
