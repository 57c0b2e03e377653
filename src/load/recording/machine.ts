/**
 * The machine that a run is on, and what of it a process uses; as Linux tells it in /proc and /sys.
 *
 * Where these are not there (another system, a container that hides them), what they would say is null.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Environment, TargetUse } from '../report/run.js'

/** Of /proc/…/stat; the kernel's USER_HZ, which is 100 wherever Node runs. */
const TICK_MS = 10
const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url))

export function environment(engine: string | null): Environment {
  const all = cpus()
  return {
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    flags: /^flags\s*: (.*)$/m.exec(textOf('/proc/cpuinfo') ?? '')?.[1]?.split(' ') ?? [],
    kernel: release(),
    node: process.version,
    openssl: process.versions.openssl,
    engine,
    commit: commit(),
    governor: textOf('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor')?.trim() ?? null,
    stealMs: stolenMs(),
  }
}

/** Of a working copy of ours; that of whoever has us among his packages says nothing of us. */
function commit(): string | null {
  if (!existsSync(join(PACKAGE, '.git'))) return null
  const git = spawnSync('git', ['-C', PACKAGE, 'describe', '--always', '--dirty'], {
    ...{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  })
  return git.status === 0 ? git.stdout.trim() : null
}

/** What other guests of the host took from this machine, since it started. */
export function stolenMs(): number | null {
  const steal = /^cpu +(?:\d+ +){7}(\d+)/.exec(textOf('/proc/stat') ?? '')?.[1]
  return steal === undefined ? null : Number(steal) * TICK_MS
}

/** What a process uses, since it was asked last. */
export class ProcessUse {
  readonly #pid: number
  #cpuMs: number | undefined
  #at: number

  constructor(pid: number, nowMs: number) {
    this.#pid = pid
    this.#at = nowMs
    this.#cpuMs = statOf(pid)?.cpuMs
  }

  /** Null when it is gone, or cannot be seen. */
  next(nowMs: number): TargetUse | null {
    const stat = statOf(this.#pid)
    if (stat === undefined || this.#cpuMs === undefined) return null
    const cpu = (stat.cpuMs - this.#cpuMs) / Math.max(nowMs - this.#at, 1)
    this.#cpuMs = stat.cpuMs
    this.#at = nowMs
    return { cpu, rssBytes: stat.rssBytes, threads: stat.threads, fsyncs: null }
  }
}

/** The process of this machine that listens on a port of loopback; undefined when it cannot be seen. */
export function listenerOn(port: number): number | undefined {
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    (textOf(file) ?? '').split('\n').flatMap((line) => {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
      const isIt = state === '0A' && Number.parseInt(local.split(':')[1] ?? '', 16) === port
      return isIt && inode !== undefined ? [`socket:[${inode}]`] : []
    }),
  )
  if (inodes.length === 0) return undefined
  const pids = namesIn('/proc').filter((name) => /^\d+$/.test(name))
  const pid = pids.find((pid) =>
    namesIn(`/proc/${pid}/fd`).some((fd) => inodes.includes(linkOf(`/proc/${pid}/fd/${fd}`))),
  )
  return pid === undefined ? undefined : Number(pid)
}

function statOf(pid: number) {
  // The second field is a name in brackets, which may hold anything.
  const fields = textOf(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ')
    .map(Number)
  if (fields === undefined) return undefined
  const [user = 0, system = 0, threads = 0] = [fields[11], fields[12], fields[17]]
  // The field beside them counts pages, which are not of one size on every machine.
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/status`) ?? '')?.[1]
  const rssBytes = Number(rss ?? 0) * 1024
  return { cpuMs: (user + system) * TICK_MS, threads, rssBytes }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
