/**
 * Puts the disk of shim.c under a child process: compiles it once per process, and makes the child's environment.
 *
 * Needs Linux, glibc and a C compiler (test/support/proof.ts knows whether they are there).
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** In the order of enum kind in shim.c. */
const KINDS = [
  ...['any', 'open', 'write', 'sync', 'truncate', 'rename', 'link', 'unlink', 'mkdir', 'close'],
]
const FLAGS = ['-O2', '-Wall', '-Wextra', '-U_FORTIFY_SOURCE', '-fPIC', '-shared']
let library

/** A source of this directory, compiled; it goes away with this process. */
export function compiled(name) {
  const source = fileURLToPath(new URL(`./${name}.c`, import.meta.url))
  const folder = mkdtempSync(join(tmpdir(), 'sealtrail-shim-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const target = join(folder, `${name}.so`)
  const done = spawnSync('cc', [...FLAGS, '-o', target, source, '-ldl', '-lpthread'])
  if (done.status !== 0) throw new Error(`${source} does not compile: ${done.stderr}`)
  return target
}

/**
 * The environment of a child whose disk this is.
 *
 * @param disk { directory: its real path; counts, trace, marks: files elsewhere; fail: { at, kind, with, times } }
 */
export function shimEnvironment({ directory, counts, trace, marks, fail }) {
  const given = {
    SHIM_DIRECTORY: directory,
    SHIM_COUNTS: counts,
    SHIM_TRACE: trace,
    SHIM_MARKS: marks,
    SHIM_FAIL_AT: fail?.at,
    SHIM_FAIL_KIND: fail?.kind,
    SHIM_FAIL_WITH: fail?.with,
    SHIM_FAIL_TIMES: fail?.times,
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined)
  const shim = Object.fromEntries(set.map(([name, value]) => [name, String(value)]))
  library ??= compiled('shim')
  // What goes to the kernel by way of its ring does not pass libc.
  return { ...process.env, ...shim, LD_PRELOAD: library, UV_USE_IO_URING: '0' }
}

/** Calls of each kind that the child has made, and `faults`: how many of them failed. */
export function readCounts(path) {
  const bytes = readFileSync(path)
  const count = (i) => Number(bytes.readBigUInt64LE(i * 8))
  const counts = KINDS.map((kind, i) => [kind, count(i)])
  return { ...Object.fromEntries(counts), faults: count(KINDS.length) }
}
