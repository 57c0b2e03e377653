/**
 * sealtrail load on endpoints of other makers: moto for KMS and S3, versitygw for S3.
 *
 *     node scripts/proofs/load-endpoints.mjs [--save]
 *
 * Looks for `moto_server` (pip install 'moto[server]') and `versitygw` on the path; at least one must be there. --save also
 * writes bench/results/proof-load-endpoints.txt. It is about answers and what is checked of them, not about times. Ends
 * with 1 when a run does not hold, 2 when there is nobody to ask.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const ACCESS = { accessKeyId: 'loadaccess', secretAccessKey: 'loadsecret' }
const OBJECTS = ['s3.PutObject', 's3.GetObject'].map((kind) => ({ kind, encryption: 'none' }))
const LIST = { kind: 's3.ListObjectsV2', objects: 10 }
const folder = mkdtempSync(join(tmpdir(), 'sealtrail-load-endpoints-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const ENDPOINTS = [
  {
    name: 'moto',
    start: (port) => ['moto_server', '-H', '127.0.0.1', '-p', `${port}`],
    work: [
      ...['kms.GenerateDataKey', 'kms.Encrypt', 'kms.Decrypt'].map((kind) => ({ kind })),
      ...OBJECTS,
      ...[{ kind: 's3.PutObject', encryption: 'SSE-KMS' }, LIST, { kind: 'logs.write' }],
      { kind: 'logs.read', files: 3 },
    ],
  },
  {
    name: 'versitygw',
    start: (port) => ['versitygw', '--port', `127.0.0.1:${port}`, '--quiet', 'posix', folder],
    work: [...OBJECTS, LIST],
  },
]

const commit = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' })
const lines = [
  'sealtrail load on endpoints of other makers',
  '',
  `Node     ${process.version}`,
  `commit   ${commit.stdout.trim()}`,
  `date     ${new Date().toISOString().slice(0, 10)}`,
  '',
]
let [asked, isWrong] = [0, false]
for (const { name, start, work } of ENDPOINTS) {
  const port = await freePort()
  const [command, ...args] = start(port)
  const { accessKeyId: ROOT_ACCESS_KEY, secretAccessKey: ROOT_SECRET_KEY } = ACCESS
  const env = { ...process.env, ROOT_ACCESS_KEY, ROOT_SECRET_KEY }
  const server = spawn(command, args, { stdio: 'ignore', env })
  server.on('error', () => undefined)
  if (await answers(port)) {
    asked++
    const report = loaded(name, `http://127.0.0.1:${port}`, work)
    isWrong ||= report.ended !== 'complete' || report.totals.ok !== report.totals.planned
    tell(name, report)
  } else lines.push(`${name}: not here`)
  server.kill()
}
console.log(lines.join('\n'))
if (process.argv.includes('--save')) {
  writeFileSync('bench/results/proof-load-endpoints.txt', `${lines.join('\n')}\n`)
}
process.exit(asked === 0 ? 2 : Number(isWrong))

function loaded(name, url, work) {
  const scenario = join(folder, `${name}.json`)
  const target = { kind: 'aws', kms: url, s3: url }
  const shape = { kind: 'constant', rate: work.length * 10 }
  writeFileSync(scenario, JSON.stringify({ name, target, work, shape, duration: '5s', check: 1 }))
  const args = ['dist/cli/main.js', 'load', '--json', scenario, '--out', join(folder, 'out')]
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: ACCESS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ACCESS.secretAccessKey,
  }
  spawnSync(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
  return JSON.parse(readFileSync(join(folder, 'out/report.json'), 'utf8'))
}

function tell(name, { ended, operations, totals, checks }) {
  lines.push(`${name}: ${ended}, ${totals.ok} of ${totals.planned} answered well`)
  for (const [kind, { ok, planned, errors }] of Object.entries(operations)) {
    lines.push(`  ${kind}: ${ok} of ${planned}${errorsText(errors)}`)
  }
  for (const { name: check, count, failed } of checks) {
    lines.push(`  ${check}: ${count - failed} of ${count}`)
  }
}

function errorsText(errors) {
  return Object.entries(errors)
    .map(([code, count]) => `, ${count} ${code}`)
    .join('')
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function answers(port) {
  for (let i = 0; i < 100; i++) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
    if (answer !== undefined) return true
    await wait(200)
  }
  return false
}
