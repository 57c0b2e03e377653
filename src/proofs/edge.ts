/**
 * The right edge of a growing tree: of each level, the hashes of the tile that is not full yet.
 *
 *     leaves ─▸ level 0 │ … 256 are a tile ─▸ its root ─▸ level 1 │ … ─▸ level 2 │ …
 *
 * All that a log needs to go on, and to say its root: at most 8 KiB a level. Whoever adds leaves is told of every hash of
 * every level, in order. Source: c2sp.org/tlog-tiles.
 *
 * @module
 */
import { HASH_BYTES, nodeHash, writeNodeHash } from '../bytes/merkle.js'
import { EMPTY_ROOT } from './tree.js'

const TILE_LEVELS = 8
export const TILE_HASHES = 2 ** TILE_LEVELS
export const TILE_BYTES = TILE_HASHES * HASH_BYTES

/** Hashes that a level got, from its hash `index` on. */
export interface Grown {
  readonly level: number
  readonly index: number
  readonly hashes: Buffer
}

interface Level {
  readonly tile: Buffer
  /** Hashes of the level in all. */
  count: number
}

export class Edge {
  readonly #levels: Level[] = []

  /** Leaves. */
  get size(): number {
    return this.#levels[0]?.count ?? 0
  }

  /** Goes on behind `size` leaves; `tile` gives the hashes of the last tile of a level that is not full. */
  static async at(
    size: number,
    tile: (level: number, index: number, count: number) => Promise<Buffer>,
  ): Promise<Edge> {
    const edge = new Edge()
    for (let [level, count] = [0, size]; count > 0; level++) {
      const { tile: own } = edge.#level(level)
      const inTile = count % TILE_HASHES
      if (inTile > 0) (await tile(level, count - inTile, inTile)).copy(own)
      edge.#levels[level]!.count = count
      count = Math.floor(count / TILE_HASHES)
    }
    return edge
  }

  /** Adds leaves: 32 bytes each. Gives what every level got. */
  add(leaves: Buffer): Grown[] {
    const grown: Grown[] = []
    for (let [level, hashes] = [0, leaves]; hashes.length > 0; level++) {
      grown.push({ level, index: this.#level(level).count, hashes })
      hashes = this.#addTo(this.#level(level), hashes)
    }
    return grown
  }

  /** Of all leaves. */
  root(): Buffer {
    let root: Buffer | undefined
    for (const { tile, count } of this.#levels) {
      let inTile = count % TILE_HASHES
      // From the smallest whole subtree to the largest.
      for (let whole = 1; inTile > 0; whole *= 2) {
        if (inTile % (2 * whole) === 0) continue
        inTile -= whole
        const peak = rootOf(tile.subarray(inTile * HASH_BYTES, (inTile + whole) * HASH_BYTES))
        root = root === undefined ? peak : nodeHash(peak, root)
      }
    }
    return root ?? EMPTY_ROOT
  }

  /** The roots of the tiles that came to be full. */
  #addTo(level: Level, hashes: Buffer): Buffer {
    const roots: Buffer[] = []
    for (let at = 0; at < hashes.length; ) {
      const begin = (level.count % TILE_HASHES) * HASH_BYTES
      const bytes = hashes.copy(level.tile, begin, at, at + TILE_BYTES - begin)
      at += bytes
      level.count += bytes / HASH_BYTES
      if (begin + bytes === TILE_BYTES) roots.push(rootOf(level.tile))
    }
    return Buffer.concat(roots)
  }

  #level(level: number): Level {
    this.#levels[level] ??= { tile: Buffer.alloc(TILE_BYTES), count: 0 }
    return this.#levels[level]
  }
}

/** Over a power of two of hashes, at most a tile, which stay as they are. */
export function rootOf(hashes: Buffer): Buffer {
  const folded = Buffer.from(hashes)
  for (let bytes = folded.length; bytes > HASH_BYTES; bytes /= 2) {
    for (let at = 0; at < bytes; at += 2 * HASH_BYTES) writeNodeHash(folded, at, folded, at / 2)
  }
  return folded.subarray(0, HASH_BYTES)
}

/** Where the root of 2^`height` leaves stands: in which level, and over how many of its hashes. */
export function placeOf(height: number): { readonly level: number; readonly hashes: number } {
  const level = Math.floor(height / TILE_LEVELS)
  return { level, hashes: 2 ** (height - level * TILE_LEVELS) }
}
