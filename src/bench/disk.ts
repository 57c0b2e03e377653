/**
 * Whether what a bench writes lies on a disk: what is synced into memory is durable nowhere, and figures of it are of no disk.
 *
 * @module
 */
import { statfsSync } from 'node:fs'
import type { Needs } from './question.js'

/** Of statfs(2) on Linux, where temporary folders often are in memory. Source: linux/magic.h, and ramfs in fs/ramfs/inode.c. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6])

/** A note where it does not. */
export function noteOnDisk({ folder, note }: Pick<Needs, 'folder' | 'note'>): void {
  if (process.platform !== 'linux' || !IN_MEMORY.has(statfsSync(folder).type)) return
  note('what is written is kept in memory here, so that no sync waits for a disk: see --dir')
}
