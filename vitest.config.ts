/**
 * How tests run: on the compiled dist/, in two projects.
 *
 * Suites of `pure` share their processes, where each module is loaded once. Those of `process` have one to themselves,
 * because they start others beside it or change it; which they are is read from their text.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const root = dirname(fileURLToPath(import.meta.url))
const src = resolve(root, 'src')

/** Other processes and scripts; mocks and settings of this one; keys counted, or locked, for all of it. */
const NEEDS_ITS_PROCESS =
  /child_process|\.mjs'|\/(child|command|serve|aws-cli)\.js'|\bvi\.|process\.(env\.\w+ =|on\()|defineProperty\(process|setFlagsFromString|configureGlobal|keysInUse|loadAddon|lockedMemory|requireLock/

const suites = readdirSync(resolve(root, 'test'), { recursive: true, encoding: 'utf8' })
  .map((file) => `test/${file}`)
  .filter((file) => file.endsWith('.test.ts'))
const needsItsProcess = (file: string) =>
  NEEDS_ITS_PROCESS.test(readFileSync(resolve(root, file), 'utf8'))

export default defineConfig({
  plugins: [
    {
      // Tests name src/, and run the compiled dist/: what is tested is what ships, and worker
      // threads find their compiled entry beside their caller on every Node we support.
      name: 'test-what-ships',
      enforce: 'pre',
      resolveId(source, importer) {
        if (!importer || !source.startsWith('.')) return null
        const target = resolve(dirname(importer), source)
        if (!target.startsWith(`${src}/`)) return null
        const shipped = resolve(root, 'dist', target.slice(src.length + 1))
        if (!existsSync(shipped)) throw new Error(`${shipped} is missing: run npm run build`)
        return shipped
      },
    },
  ],
  test: {
    // For what hangs only: how long anything takes is the machine's business, and no test's.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
    // A request may wait for its turn as long as on a machine that has others to run.
    env: { SEALTRAIL_QUEUE_MS_MAX: '600000' },
    pool: 'forks',
    // A third of the time goes by in waiting, for other processes and for clocks: one more than there are cores.
    maxWorkers: availableParallelism() + 1,
    // Loaded by Node, as when it has been installed.
    server: { deps: { external: [/\/dist\//] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: suites.filter((file) => !needsItsProcess(file)),
          isolate: false,
        },
      },
      { extends: true, test: { name: 'process', include: suites.filter(needsItsProcess) } },
    ],
  },
})
