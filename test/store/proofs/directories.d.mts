export interface Expected {
  readonly keyIds: readonly string[]
  readonly blobs: ReadonlyArray<{
    readonly keyId: string
    readonly plaintext: string
    readonly context: Record<string, string>
    /** base64 */
    readonly blob: string
  }>
  readonly objects: ReadonlyArray<{
    readonly bucket: string
    readonly key: string
    readonly body: string
  }>
  /** Name → key. */
  readonly aliases: Record<string, string>
  /** Aliases that were deleted. */
  readonly gone: readonly string[]
}

/** Lays the directory out in `root`: `data` and `root-key`; tells of each file that it writes. */
export function layOut(name: string, root: string, wrote?: (path: string) => void): Expected

/** All rows of all tables of a closed database: table → rows, with what SQLite counts by, and how the tables are made. */
export function rowsIn(path: string): Record<string, Array<Record<string, unknown>>>
