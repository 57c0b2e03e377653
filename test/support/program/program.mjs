/**
 * A script of the proofs as a program that starts fast: one file, with what V8 has compiled of it.
 *
 *     node <program> <arguments>       does what  node <script> <arguments>  does
 *
 * Most of a short life would else be the reading of some hundred modules. The product is the same: all of its modules
 * run, and its store has its thread. With `sameThread` it has none, which is for processes that open thousands of
 * houses one after the other, where what is proved lies on the disk (same-thread.mjs).
 *
 * Scripts have no `await` outside of functions: what is made of them could not wait.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const [STORE_THREAD, THREAD, SAME_THREAD, START] = [
  '../../../dist/store/thread/store-thread.js',
  '../../../dist/pool/thread.js',
  './same-thread.mjs',
  './start.cjs',
].map((path) => fileURLToPath(new URL(path, import.meta.url)))
/** Finds its addon from where it lies itself. */
const SQLITE = createRequire(import.meta.url).resolve('@photostructure/sqlite')
const ENTRY = 'entry'
const THREAD_URL = "new URL('./thread/store-thread.js', import.meta.url)"
const LEARN_MS = 600
/** In the second, what the first has made is opened. */
const LESSONS = 2

/**
 * The path of the program; it goes away with this process.
 *
 * @param teaching { args, env } of a run that goes on until it is ended: what V8 has compiled after a moment of it is kept
 */
export async function programOf(script, { sameThread = false, teaching } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sealtrail-program-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const [program, thread] = ['main', 'store-thread'].map((name) => join(folder, `${name}.cjs`))
  if (sameThread) await make(program, [STORE_THREAD, script], undefined)
  else {
    await make(thread, [STORE_THREAD], undefined)
    await make(program, [script], thread)
  }
  if (teaching !== undefined) teach(program, teaching)
  return program
}

function teach(program, { args, env: given = {} }) {
  const env = { ...process.env, ...given, PROGRAM_LEARNS_MS: String(LEARN_MS) }
  for (let lesson = 0; lesson < LESSONS; lesson++) {
    const { signal, stderr } = spawnSync(process.execPath, [program, ...args], { env })
    if (signal !== 'SIGKILL') throw new Error(`${program} cannot be taught: ${stderr}`)
  }
}

/** @param thread the program that the store's thread runs, if it has one */
async function make(program, scripts, thread) {
  const bundle = await rolldown({
    input: ENTRY,
    platform: 'node',
    external: ['piscina'],
    plugins: [{ name: 'program', resolveId, load, transform }],
  })
  const { output } = await bundle.generate({ format: 'cjs', codeSplitting: false })
  const code = `(function (require, module, exports) {${output[0].code}\n})`
  writeFileSync(program.replace(/\.cjs$/, '.js'), code)
  copyFileSync(START, program)

  function resolveId(id) {
    if (id === ENTRY) return id
    return id === '@photostructure/sqlite' ? { id: SQLITE, external: true } : null
  }

  function load(id) {
    if (id === ENTRY) return scripts.map((path) => `import ${JSON.stringify(path)}`).join('\n')
    const isReplaced = id === THREAD && scripts.length > 1
    return isReplaced ? `export * from ${JSON.stringify(SAME_THREAD)}` : null
  }

  /** What is found from where a module lies is found from there. */
  function transform(code, id) {
    if (!code.includes('import.meta.url')) return null
    const there = thread === undefined ? code : code.replace(THREAD_URL, urlOf(thread))
    return there.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id)))
  }
}

function urlOf(path) {
  return `new URL(${JSON.stringify(pathToFileURL(path))})`
}
