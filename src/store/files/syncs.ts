/**
 * How often this thread has waited for the disk: each fsync and fdatasync that is asked for in this room.
 *
 * Every thread counts its own, the native scribe's are added where its blocks are taken in (journal/journal.ts). SQLite asks
 * for some of its own, a handful at a checkpoint, which nobody tells us: they are not among them.
 *
 * @module
 */
let made = 0

/** Since the thread began. */
export function syncsMade(): number {
  return made
}

export function countSyncs(count = 1): void {
  made += count
}
