/** Keys where the system locks little memory for a process: what is said, what comes back, what is refused. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createChooser } from '../../src/engine/choose.js'
import { loadAddon } from '../../src/engine/native/addon.js'
import { openNodeEngine } from '../../src/engine/node/node.js'

/** Of which 128 are the vault's, where private keys lie. */
const LIMIT_KIB = 384

/** Runs a script under the limit, and without the right of root to go past it. */
async function runLimited(script: string, limitKiB: number): Promise<string> {
  const path = new URL(script, import.meta.url).pathname
  const drop =
    process.getuid?.() === 0 ? 'setpriv --bounding-set -ipc_lock --inh-caps -ipc_lock' : ''
  const command = `ulimit -l ${limitKiB} && exec ${drop} "$0" "$1"`
  const { stdout } = await promisify(execFile)('bash', ['-c', command, process.execPath, path])
  return stdout
}

if (loadAddon() === undefined || process.platform !== 'linux') {
  process.stderr.write('not tested: locked memory, for want of an addon on Linux\n')
} else {
  describe('keys under a small limit of locked memory', async () => {
    const told = JSON.parse(await runLimited('./native-lock.mjs', LIMIT_KIB))

    it('are locked while there is room, as the engine says', () => {
      expect(told.limit).toBe(LIMIT_KIB * 1024)
      expect(told.atFirst).toBe(true)
      // Chunks of 64 keys and 64 KiB; a page of the limit is for random bytes.
      expect(told.lockedKeys).toBe(3 * 64)
    })

    it('are not locked beyond it, and the engine says so at once', () => {
      expect(told.word).toBe('unlocked-memory')
      expect(told.beyond).toBe(false)
    })

    it('are all locked again when those beyond it are gone', () => {
      expect(told.afterTheLastOne).toBe(true)
    })

    it('take over the locks of chunks that empty, where they lie', () => {
      expect(told.oneChunkBack).toBe(false)
      expect(told.twoChunksBack).toBe(true)
      expect(told.keys).toBe(3 * 64)
      expect(told.opens).toBe(true)
      expect(told.lockedKiB).toBe(3 * 64 + 128 + 4)
    })

    it('are refused beyond it where locked memory is required, until there is room again', () => {
      expect(told.refusal).toEqual({
        code: 'EngineUnavailable',
        message: 'no more memory can be locked for keys',
      })
      expect(told.stillLocked).toBe(true)
      expect(told.roomAgain).toBeNull()
    })
  })

  describe('private keys under a small limit of locked memory', async () => {
    const { private: told } = JSON.parse(await runLimited('./native-lock.mjs', LIMIT_KIB))

    it('are refused where there is no room for them, and let in when there is', () => {
      expect(told.pairs).toBeGreaterThan(0)
      expect(told.refusal).toEqual({
        code: 'EngineUnavailable',
        message: 'no more memory can be locked for keys',
      })
      expect(told.roomAgain).toBeNull()
    })

    it('can be used all the same, and lie where memory is locked', () => {
      expect(told.useRefusal).toBeNull()
      expect(told.sign).toBe(true)
      expect(told.stillLocked).toBe(true)
      expect(told.lockedKiB).toBe(3 * 64 + 128 + 4)
    })
  })

  describe('the native engine where nothing can be locked', () => {
    it('says so, and is refused where locked memory is required', async () => {
      const told = JSON.parse(await runLimited('./native-unlocked.mjs', 0))
      expect(told).toEqual({
        wanted: { isLocked: false, word: 'unlocked-memory' },
        required: expect.stringMatching(/^locked memory is required, and the native engine /),
      })
    })
  })
}

describe('an engine without locked memory', () => {
  const chooser = createChooser({
    native: openNodeEngine,
    wasm: openNodeEngine,
    node: openNodeEngine,
  })

  it.each(['auto', 'wasm', 'node'] as const)('is refused where that is required: %s', (name) => {
    expect(chooser.chooseEngines(name).small.isLocked).toBe(false)
    expect(() => chooser.chooseEngines(name, 'required')).toThrow(
      expect.objectContaining({
        code: 'EngineUnavailable',
        message: expect.stringMatching(/^locked memory is required/),
      }),
    )
  })
})
