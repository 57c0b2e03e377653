/** Threads that die of their jobs, while they start, and again and again: every promise settles. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { chooseEngines } from '../../src/engine/choose.js'
import { wholeHeader } from '../../src/message/header.js'
import { openPool, type Pool } from '../../src/pool/pool.js'
import { encryptedDataKeys, sampleKey, sampleLog } from './sample.js'

const workerUrl = new URL('./mortal-worker.mjs', import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'sealtrail-pool-'))
const { bulk: engine } = chooseEngines('auto')
const dataKey = sampleKey(engine)
const died = expect.objectContaining({ code: 'WorkerDied', retryable: true })
const plain = sampleLog(100_000)
let pool: Pool
let files = 0

afterEach(async () => {
  delete process.env.SEALTRAIL_TEST_STILLBORN
  await pool.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

const newFile = () => join(folder, `${++files}`)
const seal = (encryptionContext = {}, log = plain) => {
  const object = { dataKey, encryptedDataKeys, encryptionContext, gzipLevel: 1 }
  return pool.sealObject({ ...object, plain: log })
}
const unseal = (sealed: Uint8Array) =>
  pool.openObject({ dataKey, header: wholeHeader(sealed), sealed, gunzip: { bytesMax: 1 << 20 } })
const stillborn = (count: number) => {
  process.env.SEALTRAIL_TEST_STILLBORN = `${newFile()}|${count}`
}

describe('a job whose thread dies', () => {
  it.each(['exit', 'invariant', 'memory'])('of %s is done again', async (die) => {
    pool = openPool({ threads: 1, workerUrl })
    const sealed = await seal({ die, once: newFile() })
    expect(Buffer.compare(await unseal(sealed), plain)).toBe(0)
    expect(pool.counts.again).toBe(1)
  })

  it('is not done again without its input', async () => {
    pool = openPool({ threads: 1, workerUrl })
    const detached = new Uint8Array(plain)
    const sealing = seal({ die: 'exit', once: newFile() }, detached)
    structuredClone(detached.buffer, { transfer: [detached.buffer] })
    await expect(sealing).rejects.toThrow(expect.objectContaining({ code: 'InputInvalid' }))
  })

  it('fails when it kills every thread, and harms no other', async () => {
    pool = openPool({ threads: 2, workerUrl })
    const others = Array.from({ length: 10 }, (_, i) => seal({}, sampleLog(100_000, i)))
    await expect(seal({ die: 'exit' })).rejects.toThrow(died)
    await expect(seal({ die: 'invariant' })).rejects.toThrow(
      expect.objectContaining({ code: 'WorkerDied', cause: new TypeError('our own mistake') }),
    )
    for (const [i, sealed] of (await Promise.all(others)).entries()) {
      expect(Buffer.compare(await unseal(sealed), sampleLog(100_000, i))).toBe(0)
    }
  })
})

describe('the pool', () => {
  it('loses nothing while threads are killed under load', async () => {
    pool = openPool({ threads: 2, workerUrl })
    const jobs = Array.from({ length: 60 }, (_, i) => {
      const context = i % 5 === 0 ? { die: i % 2 ? 'exit' : 'invariant', once: newFile() } : {}
      return seal(context, sampleLog(70_000 + i, i))
    })
    for (const [i, sealed] of (await Promise.all(jobs)).entries()) {
      expect(Buffer.compare(await unseal(sealed), sampleLog(70_000 + i, i))).toBe(0)
    }
    expect(pool.counts.again).toBeGreaterThanOrEqual(12)
  })

  it.each([1, 3])('starts threads until one lives, if %i die while they start', async (count) => {
    pool = openPool({ threads: 2, workerUrl })
    stillborn(count)
    const sealed = await Promise.all([1, 2, 3, 4].map((seed) => seal({}, sampleLog(70_000, seed))))
    for (const [i, one] of sealed.entries()) {
      expect(Buffer.compare(await unseal(one), sampleLog(70_000, i + 1))).toBe(0)
    }
  })

  it('fails its jobs when no thread can start, and recovers when one can', async () => {
    pool = openPool({ threads: 2, workerUrl })
    stillborn(1000)
    for (const job of await Promise.allSettled([seal(), seal(), seal()])) {
      expect(job).toMatchObject({ status: 'rejected', reason: died })
    }
    stillborn(0)
    expect(Buffer.compare(await unseal(await seal()), plain)).toBe(0)
  })

  it('fails its jobs when its worker is not there', async () => {
    pool = openPool({ threads: 1, workerUrl: new URL('./no-such-worker.mjs', import.meta.url) })
    await expect(seal()).rejects.toThrow(died)
  })

  it('closes while threads die', async () => {
    pool = openPool({ threads: 2, workerUrl })
    const jobs = Array.from({ length: 8 }, () => seal({ die: 'exit', once: newFile() }))
    await pool.close()
    expect((await Promise.all(jobs)).length).toBe(8)
  })
})
