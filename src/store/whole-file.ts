/**
 * Files that are there whole or not at all.
 *
 * Bytes go to `<path>.<pid>-<n>.part` beside the target; only when the source has ended well are they
 * synced, renamed over the target, and the directory synced. When the source fails, the target is as it
 * was and the part is gone. A crash can leave a `.part` behind, never a short target.
 *
 * @module
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from './directory.js'

let parts = 0

/**
 * Writes what `source` yields to `path`, replacing what was there; durable when resolved.
 * Resolves to the number of bytes.
 */
export async function writeWholeFile(
  path: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  const part = `${path}.${process.pid}-${++parts}.part`
  const file = await open(part, 'wx', 0o600)
  try {
    const bytes = await writeAll(file, source)
    await file.datasync()
    await file.close()
    await rename(part, path)
    await syncDirectory(dirname(path))
    return bytes
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(part, { force: true })
    throw error
  }
}

async function writeAll(
  file: FileHandle,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  let bytes = 0
  for await (const piece of source) {
    let done = 0
    while (done < piece.length) {
      done += (await file.write(piece, done, piece.length - done, bytes + done)).bytesWritten
    }
    bytes += piece.length
  }
  return bytes
}
