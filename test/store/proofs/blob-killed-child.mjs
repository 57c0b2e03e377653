/**
 * One round of blob-kills.mjs: looks at every blob that rows name, then puts, replaces, drops and moves until it is killed.
 *
 *     node blob-killed-child.mjs <place> <seed>
 *
 * `<place>/lines` are the rows: { name, ref, size, text }, or { name } when it was dropped; each synced before it counts.
 * Prints { findings, looked } after the look, and { findings } for whatever must not be later.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  fdatasyncSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { openBlobs } from '../../../dist/store/blobs/open-blobs.js'
import { chanceOf } from './clients.mjs'

const [place, seed] = process.argv.slice(2)
const WRITERS = 12
const NAMES = 60
const SIZES = [0, 1, 100, 4000, 30_000, 60_000, 70_000, 73_728, 74_000, 300_000]
const LINES = join(place, 'lines')
const chance = chanceOf(Number(seed))
const rows = readRows()
const lines = openSync(LINES, 'a')
const blobs = await openBlobs(join(place, 'data'))
await main()

async function main() {
  const findings = []
  for (const [name, row] of rows) {
    await check(row).catch((error) => findings.push(`${name}: ${row.ref}: ${error.message}`))
  }
  blobs.tend({ named, move })
  await blobs.tended()
  if (findings.length === 0) findings.push(...leftOvers())
  say({ findings, looked: rows.size })
  if (findings.length > 0) return
  await Promise.all(Array.from({ length: WRITERS }, write))
}

async function write(_, writer) {
  for (let turn = 0; ; turn++) {
    // Each name has one writer.
    const name = `${writer + WRITERS * Math.floor((chance() * NAMES) / WRITERS)}`
    const before = rows.get(name)
    try {
      if (before !== undefined && chance() < 0.3) {
        tell({ name })
        await blobs.remove([before.ref])
        continue
      }
      const size = SIZES[Math.floor(chance() * SIZES.length)]
      const text = `${seed} ${writer} ${turn}`
      const bytes = bytesOf(size, text)
      const ref =
        chance() < 0.5 ? await blobs.put(bytes) : (await blobs.putStream(pieces(bytes))).ref
      // It may have moved meanwhile.
      const replaced = rows.get(name)
      tell({ name, ref, size, text })
      blobs.settle([ref])
      if (replaced !== undefined) await blobs.remove([replaced.ref])
      await checkNow(name)
    } catch (error) {
      say({ findings: [`${name}: ${error.stack}`] })
      return
    }
  }
}

/** One that has moved since its row was read is where its row says now. */
async function checkNow(name) {
  const row = rows.get(name)
  try {
    await check(row)
  } catch (error) {
    if (rows.get(name).ref === row.ref) throw error
    await checkNow(name)
  }
}

async function check({ ref, size, text }) {
  const reader = await blobs.open(ref)
  const bytes = await reader.read(0, reader.bytes)
  await reader.close()
  if (!bytesOf(size, text).equals(bytes)) throw new Error('other bytes')
}

/** Files that nobody names, after they were swept. */
function leftOvers() {
  const objects = join(place, 'data', 'objects')
  const files = readdirSync(join(objects, 'files'), { recursive: true }).filter((path) =>
    /[0-9a-f]{32}$/.test(path),
  )
  const named = [...rows.values()].filter(({ ref }) => ref.startsWith('f-'))
  const uploads = readdirSync(join(objects, 'uploads'))
  return [
    ...(files.length === named.length ? [] : [`${files.length} files, ${named.length} are named`]),
    ...(uploads.length === 0 ? [] : [`${uploads.length} uploads are left`]),
  ]
}

async function named(after, before, limit) {
  return [...rows.values()]
    .map(({ ref }) => ref)
    .filter((ref) => ref > after && ref < before)
    .sort()
    .slice(0, limit)
}

async function move(from, to) {
  const row = [...rows.values()].find(({ ref }) => ref === from)
  if (row !== undefined) tell({ ...row, ref: to })
  return row !== undefined
}

function tell(row) {
  writeSync(lines, `${JSON.stringify(row)}\n`)
  fdatasyncSync(lines)
  take(rows, row)
}

function take(into, row) {
  if (row.ref === undefined) into.delete(row.name)
  else into.set(row.name, row)
}

/** A line that was not written to its end was told to nobody. */
function readRows() {
  const found = new Map()
  if (!existsSync(LINES)) return found
  const text = readFileSync(LINES)
  const end = text.lastIndexOf('\n') + 1
  truncateSync(LINES, end)
  for (const line of text.subarray(0, end).toString().split('\n').filter(Boolean)) {
    take(found, JSON.parse(line))
  }
  return found
}

function bytesOf(size, text) {
  return Buffer.alloc(size, createHash('sha512').update(text).digest())
}

async function* pieces(bytes) {
  for (let at = 0; at < bytes.length; at += 7000) yield bytes.subarray(at, at + 7000)
}

function say(what) {
  process.stdout.write(`${JSON.stringify(what)}\n`)
}
