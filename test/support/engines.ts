/**
 * The engines that this machine can test: each suite runs once for each of them.
 *
 * An engine that was built must serve. So must one that could have been built (wasm and node always, native
 * where cargo is) on CI, or when TEST_ENGINES names it (`native,wasm`). What is left out says so.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openEngine } from '../../src/engine/choose.js'
import { ENGINE_NAMES, type Engine, type EngineName } from '../../src/engine/engine.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export const testedEngines: readonly Engine[] = ENGINE_NAMES.flatMap((name) => {
  try {
    return [openEngine(name)]
  } catch (error) {
    if (mustServe(name)) throw error
    process.stderr.write(`not tested: ${(error as Error).message}\n`)
    return []
  }
})

/** For `describe.each`: every tested engine beside its name. */
export const eachEngine = testedEngines.map((engine) => ({ name: engine.name, engine }))

function mustServe(name: EngineName): boolean {
  const { CI, TEST_ENGINES } = process.env
  const isRequired = CI !== undefined || TEST_ENGINES?.split(',').includes(name)
  return isBuilt(name) || (isRequired === true && isBuildable(name))
}

function isBuilt(name: EngineName): boolean {
  if (name === 'node') return true
  if (name === 'wasm') return existsSync(`${ROOT}wasm/sealtrail.wasm`)
  return readdirSync(`${ROOT}native`).some((file) => file.endsWith('.node'))
}

function isBuildable(name: EngineName): boolean {
  return name !== 'native' || spawnSync('cargo', ['--version']).status === 0
}
