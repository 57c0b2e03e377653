/**
 * Watches the loop of a server from inside, without its knowing (`node --import`): each time that it stood still, and how
 * much of that time it worked itself, is a line of JSON in the file that LOOP_WITNESS names.
 *
 * A loop that had to wait for a core, because the machine was busy, did not work meanwhile. Of Linux: what a thread has
 * worked is in /proc; elsewhere that of the whole process counts.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const TICK_MS = 5
const TOLD_MS = 20
const file = process.env.LOOP_WITNESS
const ofThread = `/proc/self/task/${process.pid}/schedstat`
const isLinux = existsSync(ofThread)

function workedMs() {
  if (isLinux) return Number(readFileSync(ofThread, 'latin1').split(' ')[0]) / 1e6
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

if (isMainThread && file !== undefined) {
  let [at, worked] = [performance.now(), workedMs()]
  const tick = () => {
    const [now, then] = [performance.now(), workedMs()]
    const stood = { at: Date.now(), ms: now - at - TICK_MS, workedMs: then - worked }
    if (stood.ms >= TOLD_MS) appendFileSync(file, `${JSON.stringify(stood)}\n`)
    ;[at, worked] = [now, then]
    setTimeout(tick, TICK_MS).unref()
  }
  setTimeout(tick, TICK_MS).unref()
}
