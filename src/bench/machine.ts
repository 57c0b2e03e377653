/**
 * The machine under a bench: what it is, and one core of it.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg } from 'node:os'

/** Part of util-linux. */
const TASKSET = '/usr/bin/taskset'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly node: string
  readonly openssl: string
  /** Of the last minute. */
  readonly load: number
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    openssl: process.versions.openssl,
    load: loadavg()[0] ?? Number.NaN,
  }
}

export function machineLines({ cpu, cores, node, openssl, load }: Machine): string[] {
  return [
    `CPU     ${cpu}, ${cores} cores`,
    `Node    ${node}, OpenSSL ${openssl}`,
    // Preemption shows in the median of a run of milliseconds long before it shows in one of microseconds.
    `load    ${load.toFixed(1)} before the first run`,
  ]
}

/**
 * Keeps this process, all its threads, on one CPU, so that a bench shows what one core does. Undefined where taskset is
 * missing (not Linux): the system decides then.
 */
export function stayOnOneCore(): number | undefined {
  const core = cpus().length - 1
  const { status } = spawnSync(TASKSET, ['-a', '-c', '-p', `${core}`, `${process.pid}`])
  return status === 0 ? core : undefined
}
