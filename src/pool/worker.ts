/**
 * What runs on a thread of the pool: a job comes, its result goes back.
 *
 * A refusal is a result. Anything else thrown is our own mistake and ends the thread; crew.ts draws the
 * consequence. Keys are adopted for the length of a job; plaintext that came in is wiped when it is done.
 *
 * @module
 */
import { move } from 'piscina'
import { openEngine } from '../engine/choose.js'
import type { Engine, KeyHandle } from '../engine/engine.js'
import { type Fault, faultOf, isSealtrailError } from '../errors.js'
import { compress, type Job, type LentKey, open, seal, unwrap, wrap } from './jobs.js'
import { wipe } from './wipe.js'

/** New bytes, or nothing where the job was done in place; or why not. */
export type Result = Uint8Array | Fault | undefined

export async function runJob(job: Job): Promise<Result> {
  try {
    const bytes = run(job)
    // Moved, not copied.
    return bytes && (move(bytes) as unknown as Uint8Array)
  } catch (error) {
    if (!isSealtrailError(error)) return await endThread(error)
    return faultOf(error)
  }
}

function run(job: Job): Uint8Array | undefined {
  switch (job.kind) {
    case 'seal':
      return wiping(job.work.plain, () => {
        return withKey(job.key, (engine, key) => seal(engine, key, job.work))
      })
    case 'open':
      return withKey(job.key, (engine, key) => open(engine, key, job.work))
    case 'wrap':
      withKey(job.key, (engine, key) => wrap(engine, key, job.work))
      return undefined
    case 'unwrap':
      withKey(job.key, (engine, key) => unwrap(engine, key, job.work))
      return undefined
    case 'compress':
      return compress(job.work)
    case 'nothing':
      return undefined
  }
}

function withKey<T>(
  { engine: name, ticket }: LentKey,
  use: (engine: Engine, key: KeyHandle) => T,
): T {
  const engine = openEngine(name)
  const key = engine.adoptKey(ticket)
  try {
    return use(engine, key)
  } finally {
    key.release()
  }
}

function wiping<T>(plain: Uint8Array, use: () => T): T {
  try {
    return use()
  } finally {
    wipe(plain)
  }
}

/** Thrown where nobody catches it; never settles. */
function endThread(error: unknown): Promise<never> {
  return new Promise(() => {
    queueMicrotask(() => {
      throw error
    })
  })
}
