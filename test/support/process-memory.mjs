/**
 * Looks for many needles at once in the memory of another process, or in its core dump.
 *
 * Linux only. A process may look into its children, root into all. The arena of the native engine is the memory
 * that is marked as kept out of dumps and of forks; what lies there is counted apart. The system leaves it out
 * of a core dump.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

const WINDOW_BYTES = 1 << 24
/** Needles are told apart by as many bytes, of which there are 2^24. */
const START_BYTES = 3

/**
 * @param needles array of { secret, form, bytes }
 * @returns a function that says how often which of them lie in some bytes: it takes the bytes, how many at their
 * start have been seen before, and what to call for each needle that ends after those.
 */
export function searchFor(needles) {
  const byStart = new Map()
  const starts = new Uint8Array(1 << 24)
  for (const needle of needles) {
    const start = needle.bytes.readUIntLE(0, START_BYTES)
    byStart.set(start, [...(byStart.get(start) ?? []), needle])
    starts[start] = 1
  }
  const longest = Math.max(...needles.map(({ bytes }) => bytes.length))
  function search(bytes, seenBytes, found) {
    let start = 0
    for (let i = 0; i < bytes.length; i++) {
      start = (start >> 8) | (bytes[i] << 16)
      if (starts[start] === 0 || i < START_BYTES - 1) continue
      const from = i - START_BYTES + 1
      for (const needle of byStart.get(start)) {
        const end = from + needle.bytes.length
        if (end > seenBytes && needle.bytes.equals(bytes.subarray(from, end))) found(needle)
      }
    }
  }
  return { search, longest }
}

/** secret → form → how often, in the arena of `pid` and outside of it. The process stands still meanwhile. */
export function scanProcess(needles, pid) {
  const hits = { arena: {}, outside: {} }
  process.kill(pid, 'SIGSTOP')
  try {
    const memory = openSync(`/proc/${pid}/mem`, 'r')
    for (const { from, to, isArena } of regions(pid)) {
      scanRange(needles, memory, from, to, counting(isArena ? hits.arena : hits.outside))
    }
    closeSync(memory)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  return hits
}

/** The same for a core dump. */
export function scanFile(needles, path) {
  const hits = {}
  const file = openSync(path, 'r')
  scanRange(needles, file, 0, Number.MAX_SAFE_INTEGER, counting(hits))
  closeSync(file)
  return hits
}

function counting(hits) {
  return ({ secret, form }) => {
    hits[secret] ??= {}
    hits[secret][form] = (hits[secret][form] ?? 0) + 1
  }
}

function scanRange({ search, longest }, file, from, to, found) {
  const window = Buffer.alloc(Math.min(WINDOW_BYTES, to - from))
  let kept = 0
  for (let at = from; at < to; ) {
    const room = window.subarray(kept, kept + Math.min(window.length - kept, to - at))
    const read = readAt(file, at, room)
    if (read === 0) break
    at += read
    const bytes = window.subarray(0, kept + read)
    search(bytes, kept, found)
    kept = Math.min(longest - 1, bytes.length)
    window.copyWithin(0, bytes.length - kept, bytes.length)
  }
}

/** 0 where nothing can be read: what is a device's has nothing in it. */
function readAt(file, at, target) {
  try {
    return readSync(file, target, 0, target.length, at)
  } catch (error) {
    if (error.code !== 'EIO') throw error
    return 0
  }
}

/** What is writable and in memory. */
function regions(pid) {
  const all = readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/\n(?=[0-9a-f]+-)/)
  return all.flatMap((region) => {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(region) ?? []
    if (from === undefined || /^Rss: +0 kB/m.test(region)) return []
    const flags = /VmFlags:.*/.exec(region)?.[0] ?? ''
    const isArena = / dd\b/.test(flags) && / wf\b/.test(flags)
    return [{ from: Number.parseInt(from, 16), to: Number.parseInt(to, 16), isArena }]
  })
}
