/**
 * One thread that seals: it is told who, how much and how often.
 *
 * @module
 */
import { serveThread } from '../../pool/thread.js'
import type { SealAsked } from './crew.js'
import { plainOf, sealerOf, type Worker } from './sealers.js'

const workers = new Map<string, Worker>()

serveThread(({ name, plainBytes, times }: SealAsked): Uint8Array | undefined => {
  const key = `${name} ${plainBytes}`
  const worker = workers.get(key) ?? sealerOf(name, plainOf(plainBytes))
  workers.set(key, worker)
  if (times === 'once') return worker.answer()
  for (let i = 0; i < times; i++) worker.run()
  return undefined
})
