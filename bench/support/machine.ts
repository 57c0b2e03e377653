/**
 * Where and when a bench ran; printed once, above everything else.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'

/** Part of util-linux. */
const TASKSET = '/usr/bin/taskset'

let isShown = false

export function showMachine(): void {
  if (isShown) return
  isShown = true
  const commit = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' })
  console.log(`CPU     ${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`)
  console.log(`Node    ${process.version}, OpenSSL ${process.versions.openssl}`)
  console.log(`commit  ${commit.status === 0 ? commit.stdout.trim() : 'unknown'}`)
  // Preemption shows in the median of a run of milliseconds long before it shows in one of microseconds.
  console.log(`load    ${loadavg()[0]?.toFixed(1)} before the first run`)
  console.log(`date    ${new Date().toISOString().slice(0, 10)}`)
}

/**
 * Keeps this process, all its threads, on one CPU, so that a bench shows what one core does. Where taskset
 * is missing (not Linux), says so and lets the system decide.
 */
export function stayOnOneCore(): void {
  showMachine()
  const core = cpus().length - 1
  const { status } = spawnSync(TASKSET, ['-a', '-c', '-p', `${core}`, `${process.pid}`])
  console.log(status === 0 ? `pinned  to CPU ${core}` : `pinned  no: ${TASKSET} is missing`)
}
