/**
 * A file that is being written beside its target, and what is left of one whose writer died.
 *
 *     <target>.<place>-<pid>-<random>.part        8 hex digits, the process, 8 hex digits
 *
 * Whose a part is stands in its name. The place is the machine and, on Linux, the pid namespace: a pid means
 * something there only, and may come again. So a part is a left-over when this place made it and no process here
 * has its pid; one from another place, or whose pid lives (again), stays until a person removes it. How old it
 * is tells nothing: a writer may wait for its source for days. Threads of one process are told apart by the
 * random digits alone.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { readdir, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { randomId } from '../../bytes/random.js'

const PLACE = createHash('sha256').update(`${hostname()}\0${pidNamespace()}`).digest('hex')
const PREFIX = `${PLACE.slice(0, 8)}-`
const PART = /^.+\.([0-9a-f]{8}-)([1-9]\d{0,9})-[0-9a-f]{8}\.part$/s

/** Directories that need no second look by this process; bounded, because a directory can be large. */
const swept = new Set<string>()
const SWEPT_MAX = 1000

/** A name for bytes that will be `target`, in its directory. */
export function partOf(target: string): string {
  return `${target}.${PREFIX}${process.pid}-${randomId().slice(0, 8)}.part`
}

/** Removes the left-overs in `directory`, once in the life of this process. What cannot be removed stays. */
export async function removeLeftOvers(directory: string): Promise<void> {
  if (swept.has(directory)) return
  if (swept.size >= SWEPT_MAX) swept.clear()
  swept.add(directory)
  const names = await readdir(directory).catch(() => [])
  for (const name of names) {
    if (isLeftOver(name)) await unlink(join(directory, name)).catch(() => undefined)
  }
}

function isLeftOver(name: string): boolean {
  const [, prefix, pid] = PART.exec(name) ?? []
  return prefix === PREFIX && !isAlive(Number(pid))
}

/** Signal 0 asks only; a process that is not ours to ask (EPERM) is alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}
