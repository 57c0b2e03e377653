/**
 * The machine under a bench, in a few lines, and one core of it.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import type { Environment } from '../load/report/run.js'

export function machineLines({ cpu, cores, node, openssl }: Environment): string[] {
  return [`CPU     ${cpu}, ${cores} cores`, `Node    ${node}, OpenSSL ${openssl}`]
}

/** @param load of the last minute. @param core the one it was kept on, if it was */
export function stateLine(load: number, core: number | undefined | null): string {
  // Preemption shows in the median of a run of milliseconds long before it shows in one of microseconds.
  const pinned =
    core === undefined ? '' : core === null ? ', on any CPU' : `, pinned to CPU ${core}`
  return `load ${load.toFixed(1)} before the first run${pinned}`
}

/**
 * Keeps this process, all its threads, on the last CPU that it may use, so that a bench shows what one core does. Undefined
 * where taskset (util-linux) is missing or may not: the system decides then.
 */
export function stayOnOneCore(): number | undefined {
  const told = taskset('-c', '-p', `${process.pid}`)
  // `pid 4711's current affinity list: 0-3,8`
  const core = /(\d+)\s*$/.exec(told ?? '')?.[1]
  if (core === undefined) return undefined
  return taskset('-a', '-c', '-p', core, `${process.pid}`) === undefined ? undefined : Number(core)
}

/** What it says; undefined when it is not there, or fails. */
function taskset(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('taskset', args, { encoding: 'utf8' })
  return status === 0 ? stdout : undefined
}
