/** A thread that is told to end while it is in native code, and the memory that it works on. */
import { describe, expect, it } from 'vitest'
import { Crew } from '../../src/pool/crew.js'

const SLAB_BYTES = 256 * 1024 * 1024
const key = { engine: 'node', ticket: undefined } as const
const parts = { encryptionContext: {}, encryptedDataKeys: [] }
const workerUrl = new URL('./busy-worker.mjs', import.meta.url)

describe('a job', () => {
  it('that is ended from outside does not settle while its thread is at its memory', async () => {
    const crew = new Crew(1, workerUrl)
    const plain = new Uint8Array(new SharedArrayBuffer(SLAB_BYTES))
    const running = crew.run({ kind: 'seal', key, work: { ...parts, plain } })
    running.catch(() => undefined)
    while (Atomics.load(plain, 0) === 0) await new Promise((resolve) => setImmediate(resolve))
    // It has begun, and fills from the front to the end.
    expect(plain.subarray(-64).every((byte) => byte === 0)).toBe(true)
    void crew.close()
    await expect(running).rejects.toThrow(expect.objectContaining({ code: 'WorkerDied' }))
    expect(plain.subarray(-64).some((byte) => byte !== 0)).toBe(true)
  })
})
