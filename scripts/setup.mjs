/**
 * From a fresh clone to something that runs: install, build the Wasm, build the addon, compile.
 *
 * Each step looks whether its inputs changed since it last succeeded (a stamp beside its output) and
 * says what it does when they did; with everything in place the whole file takes a moment. Plain Node,
 * no dependency: it runs before there is a node_modules. `npm start`, `npm test` and `npm run build`
 * begin here.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const NODE_FLOOR = [20, 19]
const STAMPS = join(ROOT, 'node_modules', '.sealtrail')

process.chdir(ROOT)
checkNode()
install()
mkdirSync(STAMPS, { recursive: true })
step('wasm', {
  says: 'building the wasm engine',
  inputs: ['wasm', 'package-lock.json'],
  output: 'wasm/sealtrail.wasm',
  script: 'build:wasm',
})
buildAddon()
step('compile', {
  says: 'compiling TypeScript',
  inputs: ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
  output: 'dist/index.js',
  script: 'build:ts',
})
sweep()
linkBin()

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > NODE_FLOOR[0] || (major === NODE_FLOOR[0] && minor >= NODE_FLOOR[1])) return
  fail(`sealtrail needs Node ${NODE_FLOOR.join('.')} or newer; this is ${process.version}`)
}

function install() {
  const installed = 'node_modules/.package-lock.json'
  if (existsSync(installed) && mtime(installed) >= mtime('package-lock.json')) return
  say('installing dependencies')
  run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'])
}

/** The addon is optional: without cargo, or when its build fails, the other engines serve. */
function buildAddon() {
  const others = 'sealtrail runs on the node and wasm engines'
  if (spawnSync('cargo', ['--version'], { stdio: 'ignore', shell: isWindows() }).status !== 0) {
    if (!addonExists())
      say(`no Rust toolchain (cargo) found: the native engine is left out, ${others}`)
    return
  }
  const built = step('native', {
    says: 'building the native engine (Rust; a few minutes the first time)',
    inputs: ['native'],
    output: () => addonExists(),
    script: 'build:native',
    optional: true,
  })
  if (!built) say(`the native engine did not build (see above): ${others}`)
}

/** What was compiled from sources that are gone: no test should find it, no package hold it. */
function sweep() {
  const compiled = /\.(js|d\.ts)(\.map)?$/
  for (const file of filesUnder('dist')) {
    const source = join('src', file.slice('dist/'.length)).replace(compiled, '.ts')
    if (compiled.test(file) && !existsSync(source)) rmSync(file)
  }
}

/** So that `npx sealtrail` in the clone is this clone. */
function linkBin() {
  const link = 'node_modules/.bin/sealtrail'
  chmodSync('dist/cli/main.js', 0o755)
  if (existsSync(link) || isWindows()) return
  symlinkSync('../../dist/cli/main.js', link)
}

/** Runs npm script `script` unless its inputs are those of its last success. False when it failed. */
function step(name, { says, inputs, output, script, optional = false }) {
  const stamp = join(STAMPS, name)
  const now = digest(inputs)
  const there = typeof output === 'function' ? output() : existsSync(output)
  if (there && existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return true
  say(says)
  if (!run('npm', ['run', '--silent', script], optional)) return false
  writeFileSync(stamp, now)
  return true
}

function addonExists() {
  return readdirSync('native').some((file) => file.endsWith('.node'))
}

/** SHA-256 over names and bytes of all source files under `paths`. */
function digest(paths) {
  const hash = createHash('sha256')
  for (const path of paths)
    for (const file of filesUnder(path)) hash.update(`${file}\0`).update(readFileSync(file))
  return hash.digest('hex')
}

function filesUnder(path) {
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => name !== 'target' && !/\.(node|wasm|wat|md)$/.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name }) => filesUnder(join(path, name)))
}

function run(command, args, optional = false) {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 2, 2], shell: isWindows() })
  if (status !== 0 && !optional) fail(`${command} ${args.join(' ')} failed`)
  return status === 0
}

function mtime(path) {
  return statSync(path).mtimeMs
}

function isWindows() {
  return process.platform === 'win32'
}

function say(sentence) {
  process.stderr.write(`sealtrail: ${sentence}\n`)
}

function fail(sentence) {
  say(sentence)
  process.exit(1)
}
