/**
 * A house that is to be harmed, as damage.mjs makes it and damage-worker.mjs reads it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Oracle } from './oracle.mjs'

/** Where the parts of a base lie: as it is, as it was, and what must be found in it. */
export function baseFiles(folder, base) {
  const [now, older, lines, more] = ['now', 'older', 'lines', 'more.json'].map((name) =>
    join(folder, base, name),
  )
  return { now, older, lines, more }
}

/** Paths of all files below `root`, from there. */
export function filesBelow(root) {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath ?? item.path, item.name).slice(root.length + 1))
    .sort()
}

export function readOracle(lines) {
  const oracle = new Oracle()
  for (const line of readFileSync(lines, 'utf8').trimEnd().split('\n'))
    oracle.tell(JSON.parse(line))
  return oracle
}
