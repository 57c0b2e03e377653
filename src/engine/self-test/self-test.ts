/**
 * What every engine must answer before it is used: for each of its calls a known answer, and a forged input.
 *
 * The tables have a row for each call, or they do not compile. A call that draws random bytes has no known answer of
 * its own: what it makes is opened by calls that have one, and two of it differ. It takes about a millisecond and
 * runs once per thread; the full suite is in test/engine/.
 *
 * @module
 */
import { isSealtrailError, SealtrailError } from '../../errors.js'
import type { Engine } from '../engine.js'
import { KEYS } from './keys.js'
import { MESSAGES } from './messages.js'
import { PRIVATE_KEYS } from './private-keys.js'
import { WRAPS } from './wraps.js'

type Call = {
  [Name in keyof Engine]: Engine[Name] extends (...given: never[]) => unknown ? Name : never
}[keyof Engine]

const TESTS: Readonly<Record<Call, (engine: Engine) => boolean>> = {
  ...KEYS,
  ...MESSAGES,
  ...WRAPS,
}

/** @throws SealtrailError `EngineUnavailable` when an answer differs from the known one. */
export function selfTest(engine: Engine): void {
  passAll(engine, TESTS)
}

/** The same of its private keys. @throws SealtrailError `EngineUnavailable` */
export function selfTestPrivateKeys(engine: Engine): void {
  passAll(engine, PRIVATE_KEYS)
}

/**
 * Has the private keys of an engine tested when somebody first asks for them, who gets the error: over OpenSSL that takes
 * some 10 ms, most of it first uses, and threads of the pool never ask.
 */
export function testPrivateKeysOnUse(engine: Engine): void {
  const { privateKeys } = engine
  let isTested = false
  Object.defineProperty(engine, 'privateKeys', {
    get() {
      if (!isTested) {
        // The test itself asks for them.
        isTested = true
        try {
          selfTestPrivateKeys(engine)
        } catch (error) {
          isTested = false
          throw error
        }
      }
      return privateKeys
    },
  })
}

function passAll(
  engine: Engine,
  tests: Readonly<Record<string, (engine: Engine) => boolean>>,
): void {
  for (const [call, passes] of Object.entries(tests)) {
    let passed: boolean
    try {
      passed = passes(engine)
    } catch (cause) {
      // No room for keys, for one: it says so itself.
      if (isSealtrailError(cause, 'EngineUnavailable')) throw cause
      throw failure(engine, call, { cause })
    }
    if (!passed) throw failure(engine, call)
  }
}

function failure(engine: Engine, call: string, options?: ErrorOptions): SealtrailError {
  const sentence = `the ${engine.name} engine gives a wrong answer to ${call}`
  return new SealtrailError('EngineUnavailable', sentence, { engine: engine.name }, options)
}
