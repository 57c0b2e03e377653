/**
 * Directories that are there after a power cut.
 *
 * A file is durable when its bytes are synced and so is the directory that names it.
 *
 * @module
 */
import { mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { SealtrailError } from '../../errors.js'
import { countSyncs } from './syncs.js'

/** Makes the names in directory `path` durable. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory; its rename is durable by itself.
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
    countSyncs()
  } finally {
    await directory.close()
  }
}

/**
 * Makes directory `path`, and those above it, for the owner alone (0700); durable when resolved. One that is
 * there stays as it is.
 * @throws SealtrailError `StoreFailed` when it is something else than a directory or cannot be made.
 */
export async function makeDirectory(path: string): Promise<void> {
  const wanted = resolve(path)
  try {
    const first = await mkdir(wanted, { recursive: true, mode: 0o700 })
    if (first !== undefined) await syncAbove(wanted, first)
  } catch (cause) {
    throw new SealtrailError(
      'StoreFailed',
      `the data directory ${wanted} cannot be made: ${(cause as Error).message}`,
      { dataDir: wanted },
      { cause },
    )
  }
}

/** Every name from `first` down to `last` stands in the directory above it. */
async function syncAbove(last: string, first: string): Promise<void> {
  for (let made = last; ; made = dirname(made)) {
    await syncDirectory(dirname(made))
    if (made === first) return
  }
}
