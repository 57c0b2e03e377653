/** Threads that end while they seal and open leave nothing of theirs in the process. */
import { describe, expect, it } from 'vitest'
import { runScript } from '../support/child.js'
import { testedEngines } from '../support/engines.js'

/** A leak of plaintext or of a thread would be larger. */
const NOISE_MIB = 64

describe('threads that end at any moment', () => {
  it.each(testedEngines.map(({ name }) => name))(
    'leave no key, no descriptor and no memory: %s engine',
    async (name) => {
      const script = new URL('./ending-threads.mjs', import.meta.url).pathname
      const { early, last } = JSON.parse(await runScript(script, ['12', name]))
      expect(last.keys).toBe(0)
      expect(last.descriptors).toBeLessThanOrEqual(early.descriptors)
      expect(last.rssMiB).toBeLessThan(early.rssMiB + NOISE_MIB)
    },
  )
})
