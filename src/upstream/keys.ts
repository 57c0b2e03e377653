/**
 * Keys of objects below the prefix.
 *
 *     owner                  whose prefix it is
 *     packs/<id>-<bytes>     small blobs that were put together
 *     files/<id>             a blob of its own
 *     probe/<id>             made and removed by a start
 *
 * Source: docs/FORMAT.md §10.1.
 *
 * @module
 */
export const OWNER_KEY = 'owner'
export const PACKS = 'packs/'
export const FILES = 'files/'
export const PROBES = 'probe/'

export function packKey(name: string): string {
  return PACKS + name
}

export function fileKey(id: string): string {
  return FILES + id
}
