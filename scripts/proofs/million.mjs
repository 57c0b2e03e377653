/**
 * A million rows of objects, a kill, and how long the next start takes to its first answer.
 *
 *     node scripts/proofs/million.mjs [--rows 1000000] [--folder /somewhere/with/room]
 *
 * Prints rows a second, the start in milliseconds, and the sizes of the files, as JSON. Exit code 1 when a row is
 * missing.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createSecretKey, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openStore } from '../../dist/store/store.js'

const BUCKETS = 4
const BATCH = 500
const FACTS_BYTES = 900
const key = createSecretKey(Buffer.alloc(32, 7))
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    folder: { type: 'string', default: tmpdir() },
    writes: { type: 'string' },
    starts: { type: 'string' },
  },
})

if (values.writes !== undefined) await write(values.writes, Number(values.rows))
else if (values.starts !== undefined) await start(values.starts, Number(values.rows))
else await prove()

async function prove() {
  const dataDir = join(mkdtempSync(join(values.folder, 'sealtrail-million-')), 'data')
  try {
    const written = await killedWriter(dataDir)
    const files = sizes(dataDir)
    const args = [fileURLToPath(import.meta.url), '--starts', dataDir, '--rows', values.rows]
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    const started = JSON.parse(stdout)
    process.stdout.write(
      `${JSON.stringify({ rows: Number(values.rows), ...written, ...started, files }, null, 2)}\n`,
    )
    process.exitCode = started.isWhole ? 0 : 1
  } finally {
    rmSync(join(dataDir, '..'), { recursive: true })
  }
}

/** Is killed once it has said that all is acknowledged. */
async function killedWriter(dataDir) {
  const args = [fileURLToPath(import.meta.url), '--writes', dataDir, '--rows', values.rows]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const piece of child.stdout) {
    said += piece
    if (said.endsWith('\n')) child.kill('SIGKILL')
  }
  return JSON.parse(said)
}

async function write(dataDir, rows) {
  const store = await openStore({ dataDir })
  await store.seal(key)
  const begun = performance.now()
  for (let at = 0; at < rows; at += BATCH) {
    const batch = Math.min(BATCH, rows - at)
    await Promise.all(
      Array.from({ length: batch }, (_, i) => store.commit({ changes: [put(at + i)] })),
    )
  }
  const seconds = (performance.now() - begun) / 1000
  process.stdout.write(`${JSON.stringify({ rowsPerSecond: Math.round(rows / seconds) })}\n`)
  setInterval(() => undefined, 1000)
}

/** Keys in no order, as callers have them. */
function put(number) {
  const row = {
    bucket_id: String(number % BUCKETS).padStart(16, '0'),
    object_key: keyOf(number),
    version_order: -1,
    version_id: 'null',
    is_latest: 1,
    is_marker: 0,
    bytes: 1024,
    etag: randomBytes(16).toString('hex'),
    modified_at: 1,
    blob: `${number}`,
    upload_id: null,
    facts: JSON.stringify({ owner: '111122223333', more: 'f'.repeat(FACTS_BYTES - 40) }),
    mac: randomBytes(32),
  }
  return { put: 's3_version', row }
}

function keyOf(number) {
  return `${((number * 2654435761) % 2 ** 32).toString(16).padStart(8, '0')}/object-${number}`
}

async function start(dataDir, rows) {
  const begun = performance.now()
  const store = await openStore({ dataDir })
  await store.seal(key)
  const openMs = Math.round(performance.now() - begun)
  const one = store.query
    .selectFrom('s3_version')
    .selectAll()
    .where('bucket_id', '=', String((rows - 1) % BUCKETS).padStart(16, '0'))
    .where('object_key', '=', keyOf(rows - 1))
    .compile()
  const found = await store.read(one)
  const firstAnswerMs = Math.round(performance.now() - begun)
  const count = store.query
    .selectFrom('s3_version')
    .select(({ fn }) => fn.countAll().as('rows'))
    .compile()
  const [counted] = await store.read(count)
  await store.close()
  const isWhole = found.length === 1 && counted.rows === rows
  process.stdout.write(`${JSON.stringify({ openMs, firstAnswerMs, isWhole })}\n`)
}

function sizes(dataDir) {
  const all = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((item) =>
    item.isFile(),
  )
  const bytes = {}
  for (const { parentPath, name } of all) {
    const kind = name.endsWith('.seal') ? 'journal' : name
    bytes[kind] = (bytes[kind] ?? 0) + statSync(join(parentPath, name)).size
  }
  return bytes
}
