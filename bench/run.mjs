/**
 * Runs the benches, each in a fresh process.
 *
 *     npm run bench                          all of them
 *     npm run bench -- engine/wrap pool      those whose path holds one of the words
 *     npm run bench -- --short               a fifth of the time, for a first look
 *     npm run bench -- --save                also writes bench/results/<room>-<bench>.txt
 *     npm run bench -- peers --rounds 5 --seconds 10    for benches that load a server
 *
 * Node 20 cannot run TypeScript, so bench/ is compiled to bench/dist/ (types are checked by `npm run
 * check`). What the benches import as ../../src is then dist/: what is measured is what ships.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const BENCH = dirname(fileURLToPath(import.meta.url))
const ROOT = dirname(BENCH)
const OUT = join(BENCH, 'dist')
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
  },
})

const benches = readdirSync(BENCH, { recursive: true })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.bench.ts'))
  .filter((file) => positionals.length === 0 || positionals.some((word) => file.includes(word)))
  .sort()
if (benches.length === 0) fail(`no bench is named like ${positionals.join(' or ')}`)

compile()
const failed = benches.filter((bench) => !run(bench))
if (failed.length > 0) fail(`failed: ${failed.join(', ')}`)

function compile() {
  rmSync(OUT, { recursive: true, force: true })
  const { status } = spawnSync(process.execPath, [TSC, '-p', BENCH], { stdio: 'inherit' })
  if (status !== 0) fail('bench/ does not compile')
  rmSync(join(OUT, 'src'), { recursive: true, force: true })
  symlinkSync(join(ROOT, 'dist'), join(OUT, 'src'), 'junction')
}

/** False when the bench failed: its contenders disagree, or one of them threw. */
function run(bench) {
  const script = join(OUT, 'bench', bench.replace(/ts$/, 'js'))
  const { status, stdout } = spawnSync(process.execPath, ['--expose-gc', script], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', values.save ? 'pipe' : 'inherit', 'inherit'],
    env: { ...process.env, ...settings() },
  })
  if (values.save && status === 0) {
    process.stdout.write(stdout)
    mkdirSync(join(BENCH, 'results'), { recursive: true })
    const name = bench.replace('.bench.ts', '.txt').replaceAll('/', '-')
    writeFileSync(join(BENCH, 'results', name), stdout)
  }
  return status === 0
}

function settings() {
  const { short, rounds, seconds } = values
  return {
    ...(short ? { SEALTRAIL_BENCH_SHORT: '1' } : {}),
    ...(rounds ? { SEALTRAIL_BENCH_ROUNDS: rounds } : {}),
    ...(seconds ? { SEALTRAIL_BENCH_SECONDS: seconds } : {}),
  }
}

function fail(sentence) {
  process.stderr.write(`bench: ${sentence}\n`)
  process.exit(1)
}
