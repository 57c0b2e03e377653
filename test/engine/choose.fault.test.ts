/** Which engine is chosen when some of them fail, and what is said about the others. */
import { describe, expect, it } from 'vitest'
import { createChooser } from '../../src/engine/choose.js'
import { ENGINE_NAMES, type Engine, type EngineName } from '../../src/engine/engine.js'
import { openNodeEngine } from '../../src/engine/node/node.js'
import type { PrivateKeys } from '../../src/engine/private-keys.js'
import { selfTest, selfTestPrivateKeys } from '../../src/engine/self-test/self-test.js'
import { SealtrailError } from '../../src/errors.js'
import { countingKeys } from '../message/sample.js'
import { runScript } from '../support/child.js'
import { testedEngines } from '../support/engines.js'

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
          'the node engine gives a wrong answer to seal',
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
    ['calculates wrongly', WRONG, 'the wasm engine gives a wrong answer to seal'],
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
        isLocked: false,
        selfTest: 'not loaded',
        reason: 'the native engine is not built',
      },
      {
        name: 'wasm',
        usable: false,
        features: [],
        isLocked: false,
        selfTest: 'failed',
        reason: 'the wasm engine gives a wrong answer to seal',
      },
      { name: 'node', usable: true, features: ['fine'], isLocked: false, selfTest: 'passed' },
    ])
    expect(chooser.opened).toEqual(['native', 'wasm', 'node'])
  })
})

type Work = (...given: unknown[]) => unknown
/** Made from the work of the engine. */
type Sabotage = (work: Work) => Work

/** Instead of the work. */
const IDLERS: Readonly<Record<string, Sabotage>> = {
  'does nothing': () => () => undefined,
  'says yes': () => () => true,
  'says no': () => () => false,
  'says 0': () => () => 0,
  'says 1': () => () => 1,
  'says 2': () => () => 2,
  'gives zeros': () => () => new Uint8Array(32),
  'gives back what it was given': () => (given) => given,
  'gives a key that nobody asked for': () => () => openNodeEngine().importKey(new Uint8Array(32)),
  fails: () => () => {
    throw new RangeError('memory access out of bounds')
  },
  'finds every key released': () => () => {
    throw new SealtrailError('KeyReleased', 'the key has been released')
  },
}

/** After the work, on the bytes that it changed, of which `before` is a copy. */
const SPOILERS: Readonly<Record<string, (bytes: Uint8Array, before: Uint8Array) => void>> = {
  'leaves the bytes as they were': (bytes, before) => bytes.set(before),
  'leaves zeros': (bytes) => bytes.fill(0),
  'leaves a wrong bit': (bytes, before) => {
    bytes[bytes.findIndex((byte, i) => byte !== before[i])]! ^= 1
  },
}

const spoiling =
  (spoil: (bytes: Uint8Array, before: Uint8Array) => void): Sabotage =>
  (work) =>
  (...given) => {
    const before = given.map((each) => (each instanceof Uint8Array ? each.slice() : undefined))
    const answer = work(...given)
    for (const [i, each] of given.entries()) {
      const copy = before[i]
      if (copy && Buffer.compare(each as Uint8Array, copy) !== 0) spoil(each as Uint8Array, copy)
    }
    return answer
  }

/** Accepts what is forged, once it has seen what is not. */
const credulous: Sabotage = (work) => {
  let first: { answer: unknown } | undefined
  return (...given) => {
    try {
      const answer = work(...given)
      first ??= { answer }
    } catch (error) {
      if (first === undefined) throw error
    }
    return first.answer
  }
}

const CALLS = Object.entries(openNodeEngine())
  .filter(([, member]) => typeof member === 'function')
  .map(([name]) => name as keyof Engine)
const WRITERS: readonly string[] = [
  ...['seal', 'open', 'sealFrames', 'openFrames', 'sealHeader', 'sealMessage', 'openMessage'],
  ...['wrap', 'wrapKey', 'unwrap', 'generateDataKeys', 'unwrapMany', 'randomFill'],
]
const ANSWERERS: readonly string[] = [
  ...['importKey', 'generateKey', 'cloneKey', 'shareKey', 'adoptKey', 'xaesCommitment'],
  ...['open', 'openFrames', 'sealHeader', 'openHeader', 'openMessage', 'unwrap', 'unwrapKey'],
]

const sabotages = CALLS.flatMap((call) => [
  ...Object.entries(IDLERS).map(([how, sabotage]) => [call, how, sabotage] as const),
  ...Object.entries(SPOILERS)
    // A wrong bit among random ones is as random.
    .filter(([how]) => WRITERS.includes(call) && !(call === 'randomFill' && how.includes('bit')))
    .map(([how, spoil]) => [call, how, spoiling(spoil)] as const),
  ...(ANSWERERS.includes(call) ? [[call, 'answers as it did at first', credulous] as const] : []),
])

/** What `generate` makes is there later, and is looked at by the tests of the other calls. */
const PRIVATE_CALLS = Object.keys(openNodeEngine().privateKeys).filter(
  (name) => name !== 'generate',
) as Array<keyof PrivateKeys>

const privateSabotages = PRIVATE_CALLS.flatMap((call) =>
  [...Object.entries(IDLERS), ['answers as it did at first', credulous] as const].map(
    ([how, sabotage]) => [call, how, sabotage] as const,
  ),
)

describe('the self-test', () => {
  it('lets every engine pass that calculates rightly', () => {
    for (const engine of testedEngines) selfTest(engine)
  })

  it('knows all calls of an engine, each of which writes or answers', () => {
    expect([...new Set([...WRITERS, ...ANSWERERS])].sort()).toEqual([...CALLS].sort())
  })

  it.each(sabotages)('does not pass an engine whose %s %s', (call, _, sabotage) => {
    const engine = openNodeEngine()
    const broken = { ...engine, [call]: sabotage(engine[call] as Work) }
    expect(() => selfTest(broken)).toThrow(
      expect.objectContaining({
        code: 'EngineUnavailable',
        message: expect.stringMatching(/^the node engine gives a wrong answer to \w+$/),
      }),
    )
  })

  it('finds a kernel for long texts that differs', () => {
    const engine = openNodeEngine()
    const seal: Engine['seal'] = (key, nonce, aad, text, tag) => {
      engine.seal(key, nonce, aad, text, tag)
      if (text.length > 1024) tag?.fill(0)
    }
    expect(() => selfTest({ ...engine, seal })).toThrow('gives a wrong answer to seal')
  })

  it('lets private keys pass of every engine that calculates rightly', () => {
    for (const engine of testedEngines) selfTestPrivateKeys(engine)
  })

  it.each(privateSabotages)('does not pass private keys whose %s %s', (call, _, sabotage) => {
    const engine = openNodeEngine()
    const { privateKeys } = engine
    const broken = { ...privateKeys, [call]: sabotage(privateKeys[call] as Work) }
    expect(() => selfTestPrivateKeys({ ...engine, privateKeys: broken })).toThrow(
      expect.objectContaining({
        code: 'EngineUnavailable',
        message: expect.stringMatching(/^the node engine gives a wrong answer to \w+$/),
      }),
    )
  })

  it('tests private keys when they are first asked for, and once', () => {
    let macs = 0
    const counting = (name: EngineName) => (): Engine => {
      const { privateKeys, ...engine } = FINE(name)()
      const mac: typeof privateKeys.mac = (...given) => {
        macs++
        return privateKeys.mac(...given)
      }
      return { ...engine, privateKeys: { ...privateKeys, mac } }
    }
    const engine = chooserOf(counting, MISSING, MISSING).openEngine('native')
    expect(macs).toBe(0)
    expect(engine.privateKeys).toBeDefined()
    const atFirst = macs
    expect(atFirst).toBeGreaterThan(0)
    expect(engine.privateKeys).toBeDefined()
    expect(macs).toBe(atFirst)
  })

  it('gives its complaint to whoever asks for private keys, and to the survey', () => {
    const wrong = (name: EngineName) => (): Engine => {
      const engine = FINE(name)()
      return { ...engine, privateKeys: { ...engine.privateKeys, mac: () => new Uint8Array(32) } }
    }
    const chooser = chooserOf(wrong, MISSING, MISSING)
    const engine = chooser.openEngine('native')
    const sentence = 'the native engine gives a wrong answer to mac'
    for (let i = 0; i < 2; i++) expect(() => engine.privateKeys).toThrow(sentence)
    const [report] = chooser.surveyEngines()
    expect(report).toMatchObject({ usable: false, selfTest: 'failed', reason: sentence })
  })

  it('says of an engine that has no room for keys that it has none, and asks again', () => {
    let hasRoom = false
    const full = (name: EngineName) => (): Engine => {
      const { privateKeys, ...engine } = FINE(name)()
      const importKey: typeof privateKeys.importKey = (...given) => {
        if (hasRoom) return privateKeys.importKey(...given)
        throw new SealtrailError('EngineUnavailable', 'no more memory can be locked for keys')
      }
      return { ...engine, privateKeys: { ...privateKeys, importKey } }
    }
    const engine = chooserOf(full, MISSING, MISSING).openEngine('native')
    expect(() => engine.privateKeys).toThrow('no more memory can be locked for keys')
    hasRoom = true
    expect(engine.privateKeys).toBeDefined()
  })

  it('leaves no key behind', () => {
    for (const tested of testedEngines) {
      const { engine, keysHeld } = countingKeys(tested)
      selfTest(engine)
      expect(keysHeld()).toBe(0)
    }
  })
})

describe('importing the chooser', () => {
  it('loads no addon and compiles no Wasm until one is asked for', async () => {
    const output = await runScript(new URL('./import-choose.mjs', import.meta.url).pathname)
    expect(JSON.parse(output)).toEqual({ afterImport: [], afterNode: [] })
  })
})
