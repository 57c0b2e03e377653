/**
 * Files that are there whole or not at all.
 *
 * Bytes go to `<path>.<pid>-<n>.part` beside the target; only when the source has ended well are they
 * synced, renamed over the target, and the directory synced. When the source fails, the target is as it
 * was and the part is gone. A crash can leave a `.part` behind, never a short target. Of a link, the file that
 * it leads to is replaced; what is no file (a directory, a pipe, /dev/null) is not replaced at all.
 *
 * @module
 */
import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SealtrailError } from '../../errors.js'
import { syncDirectory } from './directory.js'

let parts = 0

/**
 * Writes what `source` yields to `path`, replacing what was there; durable when resolved.
 * Resolves to the number of bytes.
 * @throws SealtrailError `InputInvalid` when something is there that is no file; Node's own errors.
 */
export async function writeWholeFile(
  path: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<number> {
  if (await isNoFile(path)) {
    throw new SealtrailError('InputInvalid', `${path} is there and is no file, and stays as it is`)
  }
  const target = await realpath(path).catch(() => path)
  const part = `${target}.${process.pid}-${++parts}.part`
  const file = await open(part, 'wx', 0o600)
  try {
    const bytes = await writeAll(file, source)
    await file.datasync()
    await file.close()
    await rename(part, target)
    await syncDirectory(dirname(target))
    return bytes
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(part, { force: true })
    throw error
  }
}

/** True when something is at `path`, or where it leads, that is not a file. */
export async function isNoFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (stats) => !stats.isFile(),
    () => false,
  )
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
