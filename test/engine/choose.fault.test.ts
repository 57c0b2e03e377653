/** Which engine is chosen when some of them fail, and what is said about the others. */
import { describe, expect, it } from 'vitest'
import { createChooser } from '../../src/engine/choose.js'
import { ENGINE_NAMES, type Engine, type EngineName } from '../../src/engine/engine.js'
import { openNodeEngine } from '../../src/engine/node/node.js'
import { SealtrailError } from '../../src/errors.js'
import { runScript } from '../support/child.js'

const FINE = (name: EngineName) => (): Engine => ({ ...openNodeEngine(), name, features: ['fine'] })
const MISSING = (name: EngineName) => (): Engine => {
  throw new SealtrailError('EngineUnavailable', `the ${name} engine is not built`)
}
const CRASHING = () => (): Engine => {
  throw new TypeError('cannot open shared object file')
}
const WRONG = (name: EngineName) => (): Engine => ({
  ...FINE(name)(),
  // The tag of an AES whose last round is missing would look just as random.
  seal: (_key, _nonce, _aad, text) => text.fill(7),
})

type Opener = (name: EngineName) => () => Engine

/** A chooser whose openers count their calls. */
function chooserOf(native: Opener, wasm: Opener, node: Opener) {
  const opened: EngineName[] = []
  const counted = (name: EngineName, opener: Opener) => () => {
    opened.push(name)
    return opener(name)()
  }
  const chooser = createChooser({
    native: counted('native', native),
    wasm: counted('wasm', wasm),
    node: counted('node', node),
  })
  return { ...chooser, opened }
}

/** native, wasm, node → small, bulk */
const choices: ReadonlyArray<[string, Opener, Opener, Opener, EngineName, EngineName]> = [
  ['all serve', FINE, FINE, FINE, 'native', 'native'],
  ['the addon is missing', MISSING, FINE, FINE, 'wasm', 'node'],
  ['the addon does not load', CRASHING, FINE, FINE, 'wasm', 'node'],
  ['the addon calculates wrongly', WRONG, FINE, FINE, 'wasm', 'node'],
  ['wasm is not built', FINE, MISSING, FINE, 'native', 'native'],
  ['only node is left', MISSING, WRONG, FINE, 'node', 'node'],
  ['only wasm is left', MISSING, FINE, WRONG, 'wasm', 'wasm'],
]

describe('auto', () => {
  it.each(choices)('when %s', (_, native, wasm, node, small, bulk) => {
    const engines = chooserOf(native, wasm, node).chooseEngines('auto')
    expect([engines.small.name, engines.bulk.name]).toEqual([small, bulk])
  })

  it('opens no engine that it does not need', () => {
    const chooser = chooserOf(FINE, FINE, FINE)
    chooser.chooseEngines('auto')
    chooser.chooseEngines('auto')
    expect(chooser.opened).toEqual(['native'])
  })

  it('gives every reason when no engine serves', () => {
    const chooser = chooserOf(MISSING, CRASHING, WRONG)
    expect(() => chooser.chooseEngines('auto')).toThrow(
      expect.objectContaining({
        code: 'EngineUnavailable',
        message:
          'no engine serves: the native engine is not built; ' +
          'the wasm engine did not load: cannot open shared object file; ' +
          'the node engine gives a wrong answer for AES-256-GCM',
      }),
    )
  })
})

describe('an engine asked for by name', () => {
  it.each(ENGINE_NAMES)('serves both uses and opens no other: %s', (name) => {
    const chooser = chooserOf(FINE, FINE, FINE)
    const { small, bulk } = chooser.chooseEngines(name)
    expect([small.name, bulk.name]).toEqual([name, name])
    expect(small).toBe(chooser.openEngine(name))
    expect(chooser.opened).toEqual([name])
  })

  it.each([
    ['is missing', MISSING, 'the wasm engine is not built'],
    ['does not load', CRASHING, 'the wasm engine did not load: cannot open shared object file'],
    ['calculates wrongly', WRONG, 'the wasm engine gives a wrong answer for AES-256-GCM'],
  ])('is refused, never swapped, when it %s', (_, wasm, message) => {
    const chooser = chooserOf(FINE, wasm, FINE)
    const refusal = expect.objectContaining({ code: 'EngineUnavailable', message })
    expect(() => chooser.chooseEngines('wasm')).toThrow(refusal)
    expect(() => chooser.openEngine('wasm')).toThrow(refusal)
    expect(chooser.opened).toEqual(['wasm'])
  })
})

describe('the survey', () => {
  it('says of each engine whether it serves, and why not', () => {
    const chooser = chooserOf(MISSING, WRONG, FINE)
    chooser.chooseEngines('auto')
    expect(chooser.surveyEngines()).toEqual([
      {
        name: 'native',
        usable: false,
        features: [],
        selfTest: 'not loaded',
        reason: 'the native engine is not built',
      },
      {
        name: 'wasm',
        usable: false,
        features: [],
        selfTest: 'failed',
        reason: 'the wasm engine gives a wrong answer for AES-256-GCM',
      },
      { name: 'node', usable: true, features: ['fine'], selfTest: 'passed' },
    ])
    expect(chooser.opened).toEqual(['native', 'wasm', 'node'])
  })
})

/** Ways to be wrong, each found by one of the known answers. */
const faults: ReadonlyArray<[string, Partial<Engine>]> = [
  ['AES-256-GCM', { open: () => true }],
  ['AES-256-GCM', { open: () => false }],
  ['AES-256-GCM', { importKey: () => openNodeEngine().generateKey() }],
  ['XAES-256-GCM', { xaesSeal: () => {} }],
  ['XAES-256-GCM', { xaesOpen: () => false }],
  ['XAES-256-GCM', { xaesCommitment: () => new Uint8Array(32) }],
  ['the message key', { sealFrames: () => {} }],
  ['the message key', { openFrames: () => 2 }],
  ['the message key', { deriveMessageKey: (key) => ({ key, commitKey: new Uint8Array(32) }) }],
  ['a wrapped key', { wrap: () => {} }],
  ['a wrapped key', { unwrap: () => true }],
  ['a wrapped key', { unwrap: () => false }],
  [
    'a wrapped key',
    {
      unwrap: () => {
        throw new RangeError('memory access out of bounds')
      },
    },
  ],
]

describe('the self-test', () => {
  it.each(faults)('finds a wrong answer for %s in %o', (test, fault) => {
    const chooser = chooserOf(FINE, FINE, (name) => () => ({ ...FINE(name)(), ...fault }))
    expect(() => chooser.openEngine('node')).toThrow(
      expect.objectContaining({
        code: 'EngineUnavailable',
        message: `the node engine gives a wrong answer for ${test}`,
      }),
    )
  })

  it('finds a kernel for long texts that differs', () => {
    const engine = openNodeEngine()
    const seal: Engine['seal'] = (key, nonce, aad, text, tag) => {
      engine.seal(key, nonce, aad, text, tag)
      if (text.length > 1024) text[1024]! ^= 1
    }
    const chooser = chooserOf(FINE, FINE, (name) => () => ({ ...FINE(name)(), seal }))
    expect(() => chooser.openEngine('node')).toThrow('AES-256-GCM of a long text')
  })
})

describe('importing the chooser', () => {
  it('loads no addon and compiles no Wasm until one is asked for', async () => {
    const output = await runScript(new URL('./import-choose.mjs', import.meta.url).pathname)
    expect(JSON.parse(output)).toEqual({ afterImport: [], afterNode: [] })
  })
})
