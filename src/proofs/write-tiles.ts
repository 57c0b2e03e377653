/**
 * The log as static files, in the layout in which clients of tlog-tiles read it over HTTP.
 *
 *     <directory>/checkpoint
 *                /tile/<level>/x001/x234/067            a full tile
 *                /tile/<level>/x001/x234/068.p/12       one of 12 hashes
 *
 * Hashes only: records stay with their accounts. What is there stays; a full tile that says something else is refused, since
 * somebody may have seen it. Source: c2sp.org/tlog-tiles.
 *
 * @module
 */
import { join } from 'node:path'
import { HASH_BYTES } from '../bytes/merkle.js'
import { SealtrailError } from '../errors.js'
import { makeDirectory } from '../store/files/directory.js'
import { readPublicFile } from '../store/files/public-file.js'
import { writeWholeFile } from '../store/files/whole-file.js'
import { TILE_BYTES, TILE_HASHES } from './edge.js'
import type { KeptLog } from './kept-log.js'

/** Writes what is missing, the checkpoint last. @throws SealtrailError `InputInvalid`; Node's own errors */
export async function writeTiles(
  { tiles, head, checkpoint }: KeptLog,
  directory: string,
): Promise<void> {
  for (let level = 0; TILE_HASHES ** level <= head.size; level++) {
    for (let index = 0; ; index++) {
      const tile = await tiles.tile(level, index, head.size)
      if (tile.length === 0) break
      await writeOnce(join(directory, tilePath(level, index, tile.length / HASH_BYTES)), tile)
    }
  }
  await writeWholeFile(join(directory, 'checkpoint'), [Buffer.from(checkpoint!)])
}

export function tilePath(level: number, index: number, hashes: number): string {
  const digits = String(index)
  const padded = digits.padStart(3 * Math.ceil(digits.length / 3), '0')
  const steps = padded
    .match(/\d{3}/g)!
    .map((step, i, all) => (i < all.length - 1 ? `x${step}` : step))
  const partial = hashes === TILE_HASHES ? '' : `.p/${hashes}`
  return `tile/${level}/${steps.join('/')}${partial}`
}

async function writeOnce(path: string, tile: Buffer): Promise<void> {
  const unusable = (reason: string) => new SealtrailError('InputInvalid', `${path} ${reason}`)
  const there = await readPublicFile({ path, bytesMax: TILE_BYTES, unusable })
  if (there?.equals(tile)) return
  if (there !== undefined) throw unusable('is there, and is a tile of another log')
  await makeDirectory(join(path, '..'))
  await writeWholeFile(path, [tile])
}
