/**
 * Starts what lies beside it: the code that program.mjs has made of a script, and what V8 has compiled of it.
 *
 * While it learns, it keeps that after a while, and is killed: its house is in use, and nobody closes it.
 */
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const { Script } = require('node:vm')
const { isMainThread } = require('node:worker_threads')

const [code, cache] = ['.js', '.cache'].map((end) => __filename.replace(/\.cjs$/, end))
const learnsMs = process.env.PROGRAM_LEARNS_MS
const script = new Script(readFileSync(code, 'utf8'), {
  filename: code,
  cachedData: existsSync(cache) ? readFileSync(cache) : undefined,
})
if (learnsMs !== undefined) {
  setTimeout(() => writeFileSync(cache, script.createCachedData()), Number(learnsMs))
  if (isMainThread) setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(learnsMs) * 1.5)
}
script.runInThisContext()(require, module, exports)
