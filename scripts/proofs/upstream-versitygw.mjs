/**
 * The suite of blobs, run with a bucket of versitygw, another maker's S3 gateway, as the upstream.
 *
 *     node scripts/proofs/upstream-versitygw.mjs [--save]
 *
 * Looks for `versitygw` on the path (go install github.com/versity/versitygw/cmd/versitygw@latest). --save also writes
 * bench/results/proof-upstream-versitygw.txt. Ends with 1 when a test fails, 2 when the gateway does not start.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const BUCKET = 'blobs-of-another'
const ACCESS = { accessKeyId: 'versityaccess', secretAccessKey: 'versitysecret' }

const folder = mkdtempSync(join(tmpdir(), 'sealtrail-versitygw-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
// A directory is a bucket there.
mkdirSync(join(folder, 'files', BUCKET), { recursive: true })
const version = spawnSync('versitygw', ['--version'], { encoding: 'utf8' })
const built = spawnSync('sh', ['-c', 'go version -m "$(command -v versitygw)"'], {
  encoding: 'utf8',
})
if (version.error !== undefined) {
  process.stderr.write('versitygw is not on the path\n')
  process.exit(2)
}
const port = await freePort()
const gateway = spawn(
  'versitygw',
  ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', join(folder, 'files')],
  {
    env: {
      ...process.env,
      ROOT_ACCESS_KEY: ACCESS.accessKeyId,
      ROOT_SECRET_KEY: ACCESS.secretAccessKey,
    },
    stdio: 'ignore',
  },
)
process.once('exit', () => gateway.kill())
if (!(await answers())) {
  process.stderr.write('versitygw does not start\n')
  process.exit(2)
}

const report = join(folder, 'report.json')
const url = `http://127.0.0.1:${port}/${BUCKET}`
const run = spawnSync(
  process.execPath,
  [
    ...['node_modules/vitest/vitest.mjs', 'run', 'test/upstream/blobs.test.ts'],
    ...['--reporter=json', `--outputFile=${report}`],
  ],
  {
    env: { ...process.env, BLOBS_UPSTREAM: JSON.stringify({ url, ...ACCESS }) },
    stdio: ['ignore', 'ignore', 'inherit'],
  },
)
const text = textOf(JSON.parse(readFileSync(report, 'utf8')))
process.stdout.write(text)
if (process.argv.includes('--save')) {
  writeFileSync('bench/results/proof-upstream-versitygw.txt', text)
}
gateway.kill()
process.exitCode = run.status === 0 ? 0 : 1

function textOf({ numPassedTests, numFailedTests, testResults }) {
  const commit = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' })
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  return `${[
    'the suite of blobs, in a bucket of versitygw',
    '',
    `CPU      ${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
    `Node     ${process.version}`,
    `commit   ${commit.stdout.trim()}`,
    `date     ${new Date().toISOString().slice(0, 10)}`,
    `gateway  ${/mod\s+(\S+\s+\S+)/.exec(built.stdout ?? '')?.[1] ?? version.stdout.trim()}, posix`,
    '',
    ...tests.map(({ status, fullName }) => `${status}  ${fullName.trim()}`),
    '',
    `passed   ${numPassedTests}`,
    `failed   ${numFailedTests}`,
  ].join('\n')}\n`
}

async function answers() {
  for (let i = 0; i < 100; i++) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
    if (answer !== undefined) return true
    await wait(100)
  }
  return false
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
