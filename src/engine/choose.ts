/**
 * Which engine does the work: the one asked for, or for `auto` the first that serves.
 *
 * An engine is opened when first asked for, tested, and kept for the thread, and so is its failure. The
 * order of `auto` is measured (bench/engine/): node:crypto pays microseconds for each cipher object, which
 * a small message feels and a 64 KiB frame does not; Wasm is the other way round. Opening is in their
 * rooms (native/, wasm/, node/), the test in self-test/.
 *
 * @module
 */
import { isSealtrailError, SealtrailError } from '../errors.js'
import { ENGINE_NAMES, type Engine, type EngineName } from './engine.js'
import { openNativeEngine, requireLock } from './native/native.js'
import { openNodeEngine } from './node/node.js'
import { selfTest, testPrivateKeysOnUse } from './self-test/self-test.js'
import { openWasmEngine } from './wasm/wasm.js'

const SMALL_ORDER: readonly EngineName[] = ['native', 'wasm', 'node']
const BULK_ORDER: readonly EngineName[] = ['native', 'node', 'wasm']

/** `small`: wraps and short messages. `bulk`: frames. Often the same. */
export interface Engines {
  readonly small: Engine
  readonly bulk: Engine
}

/** One engine, as `sealtrail doctor` shows it. */
export interface EngineReport {
  readonly name: EngineName
  readonly usable: boolean
  /** Empty unless usable. */
  readonly features: readonly string[]
  /** Whether its keys lie in memory that the system keeps out of swap. */
  readonly isLocked: boolean
  readonly selfTest: 'passed' | 'failed' | 'not loaded'
  /** Why it is not usable. */
  readonly reason?: string
}

export interface Chooser {
  /** @throws SealtrailError `EngineUnavailable` */
  openEngine(name: EngineName): Engine
  /**
   * A named engine serves both uses, or is refused. `required`: so is one whose memory is not locked, and from
   * then on, in the whole process, every key that would lie elsewhere.
   * @throws SealtrailError `EngineUnavailable`
   */
  chooseEngines(name: EngineName | 'auto', lockedMemory?: 'wanted' | 'required'): Engines
  /** Opens every engine, in the order of ENGINE_NAMES. */
  surveyEngines(): EngineReport[]
}

type Trial =
  | { readonly engine: Engine }
  | { readonly selfTest: 'failed' | 'not loaded'; readonly error: SealtrailError }

/** A chooser over other ways to open engines; the thread's own is below. */
export function createChooser(openers: Readonly<Record<EngineName, () => Engine>>): Chooser {
  const trials = new Map<EngineName, Trial>()

  function trialOf(name: EngineName): Trial {
    let trial = trials.get(name)
    if (trial === undefined) {
      trial = tryEngine(name, openers[name])
      trials.set(name, trial)
    }
    return trial
  }

  /** With the test of private keys. */
  function wholeTrialOf(name: EngineName): Trial {
    const trial = trialOf(name)
    try {
      if ('engine' in trial) void trial.engine.privateKeys
    } catch (cause) {
      return { selfTest: 'failed', error: unavailable(name, cause) }
    }
    return trial
  }

  function openEngine(name: EngineName): Engine {
    const trial = trialOf(name)
    if ('engine' in trial) return trial.engine
    throw trial.error
  }

  function firstOf(order: readonly EngineName[]): Engine {
    const reasons: string[] = []
    for (const name of order) {
      const trial = trialOf(name)
      if ('engine' in trial) return trial.engine
      reasons.push(trial.error.message)
    }
    throw new SealtrailError('EngineUnavailable', `no engine serves: ${reasons.join('; ')}`)
  }

  function choose(name: EngineName | 'auto'): Engines {
    if (name === 'auto') return { small: firstOf(SMALL_ORDER), bulk: firstOf(BULK_ORDER) }
    const engine = openEngine(name)
    return { small: engine, bulk: engine }
  }

  return {
    openEngine,
    chooseEngines(name, lockedMemory = 'wanted') {
      const engines = choose(name)
      if (lockedMemory === 'required') {
        checkLocked(engines.small)
        checkLocked(engines.bulk)
        requireLock()
      }
      return engines
    },
    surveyEngines: () => ENGINE_NAMES.map((name) => report(name, wholeTrialOf(name))),
  }
}

export const { openEngine, chooseEngines, surveyEngines } = createChooser({
  native: openNativeEngine,
  wasm: openWasmEngine,
  node: openNodeEngine,
})

function tryEngine(name: EngineName, open: () => Engine): Trial {
  let engine: Engine
  try {
    engine = open()
  } catch (cause) {
    return { selfTest: 'not loaded', error: unavailable(name, cause) }
  }
  try {
    selfTest(engine)
  } catch (cause) {
    return { selfTest: 'failed', error: unavailable(name, cause) }
  }
  testPrivateKeysOnUse(engine)
  return { engine }
}

function unavailable(name: EngineName, cause: unknown): SealtrailError {
  if (isSealtrailError(cause, 'EngineUnavailable')) return cause
  const why = cause instanceof Error ? cause.message : String(cause)
  const sentence = `the ${name} engine did not load: ${why}`
  return new SealtrailError('EngineUnavailable', sentence, { engine: name }, { cause })
}

function checkLocked({ name, isLocked }: Engine): void {
  if (isLocked) return
  const sentence = `locked memory is required, and the ${name} engine keeps keys in memory that is not`
  throw new SealtrailError('EngineUnavailable', sentence, { engine: name })
}

function report(name: EngineName, trial: Trial): EngineReport {
  if ('engine' in trial) {
    const { features, isLocked } = trial.engine
    return { name, usable: true, features, isLocked, selfTest: 'passed' }
  }
  const { selfTest, error } = trial
  return { name, usable: false, features: [], isLocked: false, selfTest, reason: error.message }
}
