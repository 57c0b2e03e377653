/**
 * Is the disk of the proofs one that nobody gets past? Writes in every way that Node, SQLite and an addon have, on that disk.
 *
 *     node disk-check.mjs                             prints, as JSON, what the shim saw, and what its faults did
 *     node disk-check.mjs <root> <marks> <addon>      the child that writes; prints the codes of what failed
 */
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DatabaseSync } from '@photostructure/sqlite'
import { readTrace } from '../../support/disk-faults/disk.mjs'
import { compiled, readCounts, shimEnvironment } from '../../support/disk-faults/shim.mjs'
import { checkWhole } from './power-cut.mjs'
import { runFiles } from './run-files.mjs'

const [root, marks, addon] = process.argv.slice(2)
const SELF = fileURLToPath(import.meta.url)
const parts = {
  files: writeFiles,
  promises: writeByPromises,
  sqlite: writeBySqlite,
  addon: writeByAddon,
}

if (root === undefined) process.stdout.write(JSON.stringify(check()))
else await write()

function check() {
  const plain = run()
  const kinds = ['write', 'sync', 'truncate', 'rename', 'link', 'unlink', 'mkdir', 'open']
  const failed = kinds.map((kind) => [kind, run({ kind, with: 'EIO', at: 1, times: 1000 }).failed])
  const short = run({ kind: 'write', with: 'short', at: 1, times: 1000 })
  return { ...plain, failedBy: Object.fromEntries(failed), short: short.failed }
}

function run(fail) {
  const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'sealtrail-disk-check-')))
  try {
    const { root, trace, lines, counts } = runFiles(folder)
    fs.mkdirSync(root)
    const env = shimEnvironment({ directory: root, trace, counts, marks: lines, fail })
    const child = spawnSync(process.execPath, [SELF, root, lines, compiled('addon')], {
      env,
      encoding: 'utf8',
    })
    if (child.status !== 0) throw new Error(`the child: ${child.stderr}`)
    const entries = readTrace(trace)
    // Throws when something got past.
    checkWhole(entries, root)
    const told = entries
      .filter(({ effect }) => effect === 'mark')
      .map(({ data }) => data.toString())
    return { counts: readCounts(counts), marks: told, failed: JSON.parse(child.stdout) }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

async function write() {
  const file = fs.openSync(marks, 'a')
  const failed = {}
  for (const [name, part] of Object.entries(parts)) {
    fs.writeSync(file, `${name}\n`)
    try {
      await part(join(root, name))
    } catch (error) {
      failed[name] = error.code ?? error.message
    }
  }
  process.stdout.write(JSON.stringify(failed))
}

function writeFiles(path) {
  fs.mkdirSync(path)
  const file = fs.openSync(join(path, 'a'), 'w')
  fs.writeSync(file, 'some')
  fs.writevSync(file, [Buffer.from(' more'), Buffer.from(' and more')])
  fs.writeSync(file, 'S', 0)
  fs.writevSync(file, [Buffer.alloc(5000, 'x'), Buffer.alloc(5000, 'y')], 3)
  fs.ftruncateSync(file, 9000)
  fs.fdatasyncSync(file)
  fs.fsyncSync(file)
  fs.closeSync(file)
  fs.appendFileSync(join(path, 'a'), 'at the end')
  fs.linkSync(join(path, 'a'), join(path, 'b'))
  fs.renameSync(join(path, 'a'), join(path, 'c'))
  fs.unlinkSync(join(path, 'b'))
  // On a descriptor that another file has had.
  fs.writeFileSync(join(path, 'd'), 'd'.repeat(100_000))
  fs.writeFileSync(join(path, 'd'), 'short')
}

async function writeByPromises(path) {
  await fs.promises.mkdir(path, { recursive: true })
  const file = await fs.promises.open(join(path, 'a'), 'wx')
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => file.write(Buffer.alloc(700, `${i}`), 0, 700, i * 650)),
  )
  await file.datasync()
  await file.truncate(9999)
  await file.sync()
  await file.close()
  await fs.promises.rename(join(path, 'a'), join(path, 'b'))
  await fs.promises.rm(join(path, 'b'))
  await fs.promises.writeFile(join(path, 'c'), 'c'.repeat(5000), { flush: true })
}

function writeByAddon(path) {
  fs.mkdirSync(path)
  process.env.ADDON_DIRECTORY = path
  try {
    process.dlopen({ exports: {} }, addon)
  } catch {
    // It has done its work by now, and is no module of Node's.
  }
  if (process.env.ADDON_FAILED !== '') throw new Error(process.env.ADDON_FAILED ?? 'not loaded')
}

function writeBySqlite(path) {
  fs.mkdirSync(path)
  const database = new DatabaseSync(join(path, 'database'))
  try {
    database.exec(
      'pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full',
    )
    database.exec('create table t (x text)')
    for (let i = 0; i < 50; i++) database.exec(`insert into t values ('${'x'.repeat(i * 20)}')`)
  } finally {
    database.close()
  }
}
