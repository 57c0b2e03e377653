/**
 * Threads that seal at once, each on its own text.
 *
 * A message to a thread and back costs as much as many a seal, so each is told to seal many times. What a thread is told to
 * do stands in thread.ts.
 *
 * @module
 */
import type { EngineName } from '../../engine/engine.js'
import { startThread, type Thread } from '../../pool/thread.js'
import type { Contender } from '../contest.js'
import type { OPENSSL } from './sealers.js'

export interface SealAsked {
  readonly name: EngineName | typeof OPENSSL
  readonly plainBytes: number
  /** `once`: the sealed text is the answer. */
  readonly times: number | 'once'
}

/** Of a thread in one run: some milliseconds, with most. */
const BYTES_PER_RUN = 4 * 1024 * 1024
const SEALS_PER_RUN_MAX = 4096

export class Crew {
  readonly #threads: readonly Thread[]

  constructor(threads: number) {
    const url = new URL('./thread.js', import.meta.url)
    this.#threads = Array.from({ length: threads }, () => startThread(url, undefined))
  }

  contender(name: SealAsked['name'], plainBytes: number): Contender {
    const threads = this.#threads
    const times = Math.min(SEALS_PER_RUN_MAX, Math.ceil(BYTES_PER_RUN / plainBytes))
    const all = <Reply>(asked: SealAsked) =>
      Promise.all(threads.map((thread) => thread.call<Reply>(asked)))
    return {
      name: crewName(name, threads.length),
      // Of a thread that disagrees with another, that one's is the answer.
      answer: async () => {
        const answers = await all<Uint8Array>({ name, plainBytes, times: 'once' })
        return answers.find((one) => Buffer.compare(one, answers[0]!) !== 0) ?? answers[0]!
      },
      run: () => all({ name, plainBytes, times }),
      opsPerRun: times * threads.length,
    }
  }

  async close(): Promise<void> {
    for (const thread of this.#threads) await thread.close()
  }
}

export function crewName(name: string, threads: number): string {
  return `${name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`
}
