/** Which processes a test's own process has started. */
import { readdirSync, readFileSync } from 'node:fs'

/** The children of this process that run `script`. */
export const childrenOf = (script: string): number[] => {
  const tasks = `/proc/${process.pid}/task`
  const children = readdirSync(tasks).flatMap((task) =>
    readFileSync(`${tasks}/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
  )
  const found = children.filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(script),
  )
  return found.map(Number)
}
