/**
 * Files that are there whole or not at all.
 *
 * Bytes go to a part beside the target (part.ts); only when the source has ended well are they synced, the part
 * put in the target's place, and the directory synced. When the source fails, the target is as it was and the
 * part is gone. A crash can leave a part behind, never a short target; a later write into the directory removes
 * it. Of a link, the file that it leads to is replaced; what is no file (a directory, a pipe, /dev/null) is not
 * replaced at all.
 *
 * @module
 */
import { type FileHandle, link, lstat, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SealtrailError } from '../../errors.js'
import { syncDirectory } from './directory.js'
import { partOf, removeLeftOvers } from './part.js'
import { countSyncs } from './syncs.js'

/**
 * Writes what `source` yields to `path`, replacing what was there unless `replace` is false; durable when
 * resolved. Resolves to the number of bytes.
 * @throws SealtrailError `InputInvalid` when something is there that is no file, or must not be replaced;
 * Node's own errors.
 */
export async function writeWholeFile(
  path: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { replace = true }: { readonly replace?: boolean } = {},
): Promise<number> {
  if (await isNoFile(path)) {
    throw new SealtrailError('InputInvalid', `${path} is there and is no file, and stays as it is`)
  }
  const target = await realpath(path).catch(() => path)
  await removeLeftOvers(dirname(target))
  const part = partOf(target)
  const file = await open(part, 'wx', 0o600)
  try {
    const bytes = await writeAll(file, source)
    await file.datasync()
    countSyncs()
    await file.close()
    await (replace ? rename(part, target) : renameNew(part, target))
    await syncDirectory(dirname(target))
    return bytes
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(part, { force: true })
    throw error
  }
}

/**
 * Refuses to replace what has come to be at `target`. A link, unlike a rename, never replaces; where the file
 * system has none, a last look must do.
 */
async function renameNew(part: string, target: string): Promise<void> {
  try {
    await link(part, target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || (await isThere(target))) {
      throw new SealtrailError('InputInvalid', `${target} is there already, and stays as it is`)
    }
    await rename(part, target)
    return
  }
  await rm(part)
}

/** True also for a link that leads nowhere. */
export async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  )
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
