/**
 * A closed data directory to read from: rows, shreds, blobs. Nothing in it is changed.
 *
 * For who looks deeper than this room can: whether bytes are what was sealed, only their keys can tell.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { resolve } from 'node:path'
import type { BlobReader, BlobRef } from '../blobs/blobs.js'
import { Descriptors } from '../blobs/packs/descriptors.js'
import { RECORD_HEAD_BYTES } from '../blobs/packs/layout.js'
import { Places } from '../blobs/places.js'
import { openFile, openPacked } from '../blobs/readers.js'
import { placeOf } from '../blobs/ref.js'
import { disk } from '../files/disk.js'
import { openAside } from '../thread/aside.js'
import type { SqlValue } from '../view/database.js'
import { queryCompiler, type Tables } from '../view/dialect.js'
import { Lock } from '../view/lock.js'
import { checkSeal } from './check-seal.js'

export interface ClosedStore extends Tables {
  /** @throws SealtrailError `StoreDamaged` when it is not sealed by `key`. */
  checkSeal(key: KeyObject): void
  shred(id: string): Uint8Array | undefined
  /** The caller closes it. @throws SealtrailError `ObjectDamaged`, `StoreFailed` */
  openBlob(ref: BlobRef): Promise<BlobReader>
  /** Where its first byte lies. */
  placeOfBlob(ref: BlobRef): { readonly file: string; readonly offset: number }
}

/** @throws SealtrailError `StoreInUse`, `StoreFailed`; `StoreDamaged` for what a start refuses. */
export async function withClosedStore<Answer>(
  dataDir: string,
  work: (store: ClosedStore) => Promise<Answer>,
): Promise<Answer> {
  const path = resolve(dataDir)
  const places = new Places(path)
  const lock = Lock.take(path)
  try {
    const aside = openAside(path)
    const descriptors = new Descriptors(disk, places)
    try {
      return await work({
        checkSeal: (key) => checkSeal(path, key),
        query: queryCompiler(),
        read: async <R>({ sql, parameters }: { sql: string; parameters: readonly unknown[] }) =>
          aside.read(sql, parameters as readonly SqlValue[]) as R[],
        shred: (id) => aside.shred(id),
        async openBlob(ref) {
          const place = placeOf(ref)
          if (place.kind === 'file') return await openFile(place, disk, places)
          return await openPacked(place, descriptors, places)
        },
        placeOfBlob(ref) {
          const place = placeOf(ref)
          if (place.kind === 'file') return { file: places.file(place.id), offset: 0 }
          return { file: places.pack(place.pack), offset: place.offset + RECORD_HEAD_BYTES }
        },
      })
    } finally {
      descriptors.close()
      aside.close()
    }
  } finally {
    lock.release()
  }
}
