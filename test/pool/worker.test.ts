/** What a thread of the pool does with a job, on this thread. */
import { describe, expect, it } from 'vitest'
import { openEngine } from '../../src/engine/choose.js'
import { lend } from '../../src/pool/dispatch.js'
import type { Job } from '../../src/pool/jobs.js'
import { wipe } from '../../src/pool/wipe.js'
import { runJob } from '../../src/pool/worker.js'
import { eachEngine } from '../support/engines.js'
import { encryptedDataKeys, encryptionContext, sampleKey, sampleLog } from './sample.js'

const engine = openEngine('node')
const lentKey = () => ({
  engine: 'node' as const,
  ticket: engine.shareKey(sampleKey(engine)).ticket,
})
const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0)

describe('a thread of the pool', () => {
  it.each([undefined, 1])(
    'wipes the plaintext that it sealed at gzip level %s',
    async (gzipLevel) => {
      const plain = sampleLog(200_000)
      const work = { encryptionContext, encryptedDataKeys, plain, gzipLevel }
      await runJob({ kind: 'seal', key: lentKey(), work })
      expect(isZero(plain)).toBe(true)
    },
  )

  it('wipes plaintext that it could not seal', async () => {
    const plain = sampleLog(200_000)
    const work = { encryptionContext, encryptedDataKeys: [], plain }
    const refusal = await runJob({ kind: 'seal', key: lentKey(), work })
    expect(refusal).toMatchObject({ code: 'InputInvalid' })
    expect(isZero(plain)).toBe(true)
  })

  it('answers a job that starts it', async () => {
    expect(await runJob({ kind: 'nothing' } satisfies Job)).toBeUndefined()
  })
})

describe('a key lent to a thread', () => {
  it.each(eachEngine)(
    'of the $name engine leaves no bytes in what was posted',
    async ({ engine }) => {
      const key = sampleKey(engine)
      const posted = await lend(key, async ({ ticket }) => ticket)
      const { claim } = posted as { claim: unknown }
      if (claim instanceof Uint8Array) expect(isZero(claim)).toBe(true)
      key.release()
    },
  )

  it.each(eachEngine)('of the $name engine cannot be had once the job is over', async (one) => {
    const key = sampleKey(one.engine)
    const posted = await lend(key, async ({ ticket }) => ticket)
    expect(() => one.engine.adoptKey(posted)).toThrow(
      expect.objectContaining({ code: 'KeyReleased' }),
    )
    key.release()
  })

  it.each(eachEngine)('of the $name engine may be released by its owner meanwhile', async (one) => {
    const key = sampleKey(one.engine)
    await lend(key, async (lent) => {
      key.release()
      const plain = sampleLog(100)
      const work = { encryptionContext, encryptedDataKeys, plain }
      expect(await runJob({ kind: 'seal', key: lent, work })).not.toHaveProperty('code')
    })
  })

  it.each(eachEngine)('of the $name engine must not be released', async ({ engine }) => {
    const key = sampleKey(engine)
    key.release()
    const lending = lend(key, async () => {})
    await expect(lending).rejects.toThrow(expect.objectContaining({ code: 'KeyReleased' }))
  })
})

describe('wiping', () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 200_000])(
    'leaves %i zeros and nothing else touched',
    (size) => {
      const around = new Uint8Array(new SharedArrayBuffer(size + 2)).fill(1)
      wipe(around.subarray(1, size + 1))
      expect([around[0], around.at(-1)]).toEqual([1, 1])
      expect(isZero(around.subarray(1, size + 1))).toBe(true)
    },
  )
})
