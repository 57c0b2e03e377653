/**
 * Directories that are there after a power cut.
 *
 * A file is durable when its bytes are synced and so is the directory that names it.
 *
 * @module
 */
import { mkdir, open, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { SealtrailError } from '../errors.js'

/** Makes the names in directory `path` durable. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory; its rename is durable by itself.
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/**
 * Makes directory `path`, and those above it, for the owner alone (0700). One that is there stays as it is.
 * @throws SealtrailError `StoreFailed` when it is something else than a directory or cannot be made.
 */
export async function makeDirectory(path: string): Promise<void> {
  const wanted = resolve(path)
  let first: string | undefined
  try {
    first = await mkdir(wanted, { recursive: true, mode: 0o700 })
  } catch (cause) {
    const found = await stat(wanted).catch(() => undefined)
    const reason = found?.isDirectory() === false ? 'is not a directory' : 'cannot be made'
    throw new SealtrailError(
      'StoreFailed',
      `the data directory ${wanted} ${reason}: ${(cause as Error).message}`,
      { dataDir: wanted },
      { cause },
    )
  }
  if (first === undefined) return
  // Every new name stands in the directory above it.
  const top = dirname(first)
  for (let made = dirname(wanted); ; made = dirname(made)) {
    await syncDirectory(made)
    if (made === top) return
  }
}
