/**
 * Harms a copy of a data directory, and opens it, for damage.mjs: one after the other, as its jobs say.
 *
 *     node damage-worker.mjs <folder> <seed>      jobs: { base, file, damage } and { place } or { other } or { edit }
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chanceOf } from './clients.mjs'
import { answerJobs } from './crew.mjs'
import { baseFiles, filesBelow, readOracle } from './damage-base.mjs'
import { lookInto } from './look.mjs'
import { NOTHING_TO_EDIT } from './sql-edits.mjs'

const EDITOR = fileURLToPath(new URL('./sql-edit-child.mjs', import.meta.url))
const BLOCK_BYTES = 4096
const ZEROS = Buffer.alloc(BLOCK_BYTES)
const [folder, seed] = process.argv.slice(2)
const scratch = join(folder, `harmed-${process.pid}`)
const bases = new Map()

void answerJobs(async (job) => {
  const base = baseOf(job.base)
  const files = new Map(base.files)
  const what = job.damage === 'edited' ? job.edit : harm(files, base, job)
  if (what === undefined) return { result: 'none', findings: [] }
  writeFiles(files)
  if (job.damage === 'edited' && !isEdited(join(scratch, job.file), job.edit)) {
    return { result: 'none', findings: [] }
  }
  return { what, ...(await lookInto(scratch, base.oracle, base.more)) }
})

function baseOf(name) {
  if (!bases.has(name)) {
    const { now, older, lines, more } = baseFiles(folder, name)
    const files = readFiles(now)
    bases.set(name, {
      files,
      older: readFiles(older),
      oracle: readOracle(lines),
      more: JSON.parse(readFileSync(more, 'utf8')),
    })
  }
  return bases.get(name)
}

function readFiles(root) {
  return new Map(filesBelow(root).map((file) => [file, readFileSync(join(root, file))]))
}

/** Changes `files`, path → bytes; says what was done, or undefined when it would be nothing. */
function harm(files, { older }, { file, damage, place, other }) {
  const bytes = files.get(file)
  const chance = chanceOf(
    createHash('sha256').update(`${seed} ${file} ${damage} ${place}`).digest().readInt32LE(),
  )
  const [at, bit, length] = [
    somewhere(bytes, chance),
    Math.floor(chance() * 8),
    1 + Math.floor(chance() * BLOCK_BYTES),
  ]
  if (damage === 'removed') {
    files.delete(file)
    return 'removed'
  }
  if (damage === 'others older') return putOthersBack(files, older, file)
  const [harmed, what] = harmedBytes()
  if (harmed.equals(bytes)) return undefined
  files.set(file, harmed)
  return what

  function harmedBytes() {
    const copy = Buffer.from(bytes)
    const block = at - (at % BLOCK_BYTES)
    if (damage === 'bit') {
      copy[at] ^= 1 << bit
      return [copy, `bit ${bit} of byte ${at} of ${bytes.length}`]
    }
    if (damage === 'cut') return [bytes.subarray(0, at), `cut to ${at} of ${bytes.length}`]
    if (damage === 'noise' || damage === 'zeros') {
      const target = copy.subarray(block, block + BLOCK_BYTES)
      if (damage === 'zeros') target.fill(0)
      else for (let i = 0; i < target.length; i++) target[i] = chance() * 256
      return [copy, `${damage} at ${block} of ${bytes.length}`]
    }
    if (damage === 'taken out') {
      return [
        Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]),
        `${length} bytes at ${at} of ${bytes.length}`,
      ]
    }
    if (damage === 'blocks swapped') {
      const second = somewhere(bytes, chance)
      const with_ = second - (second % BLOCK_BYTES)
      const size = Math.min(BLOCK_BYTES, bytes.length - Math.max(block, with_))
      bytes.copy(copy, block, with_, with_ + size)
      bytes.copy(copy, with_, block, block + size)
      return [copy, `${size} bytes at ${block} and ${with_}`]
    }
    if (damage === 'emptied') return [Buffer.alloc(0), 'emptied']
    if (damage === 'older') return [older.get(file), 'as it was']
    // Swapped.
    const mine = bytes
    const others = files.get(other)
    files.set(other, mine)
    return [others, `swapped with ${other}`]
  }
}

/** As if all but one had come from a copy of the directory. */
function putOthersBack(files, older, file) {
  const now = new Map(files)
  files.clear()
  for (const [path, bytes] of older) files.set(path, bytes)
  files.set(file, now.get(file))
  const isSame =
    files.size === now.size && [...files].every(([path, bytes]) => now.get(path)?.equals(bytes))
  return isSame ? undefined : `all but ${file} as they were`
}

/** Files may have room for later at their end: nine times of ten it is where something was written. */
function somewhere(bytes, chance) {
  const written = chance() < 0.9 ? writtenBytes(bytes) : bytes.length
  return Math.floor(chance() * written)
}

/** Without the zeros at the end, or some of them. */
function writtenBytes(bytes) {
  let end = bytes.length
  for (
    let from = end - ZEROS.length;
    from >= 0 && bytes.subarray(from, end).equals(ZEROS);
    from -= ZEROS.length
  ) {
    end = from
  }
  return end
}

function writeFiles(files) {
  rmSync(scratch, { recursive: true, force: true })
  for (const [path, bytes] of files) {
    const target = join(scratch, path)
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
    const file = openSync(target, 'w', 0o600)
    writeSync(file, bytes, 0, writtenBytes(bytes), 0)
    ftruncateSync(file, bytes.length)
    closeSync(file)
  }
}

/**
 * False when there is nothing that could be edited. A process of its own, because SQLite's locks on a file are a
 * process's, and last as long as its statements.
 */
function isEdited(path, edit) {
  const { status, stderr } = spawnSync(process.execPath, [EDITOR, path, edit], { encoding: 'utf8' })
  if (status !== 0 && status !== NOTHING_TO_EDIT) throw new Error(stderr)
  return status === 0
}
