/**
 * Where the files of a run on the disk of test/support/disk-faults/ lie.
 */
import { join } from 'node:path'

/** root: the directory that the disk is under; lines: what clients were told; trace and counts: the shim's. */
export function runFiles(folder) {
  const [root, trace, lines, counts] = ['root', 'trace', 'lines', 'counts'].map((name) =>
    join(folder, name),
  )
  return { root, trace, lines, counts }
}
