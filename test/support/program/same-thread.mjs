/**
 * In the place of src/pool/thread.ts: the store's thread without a thread, for one house at a time.
 *
 * What SQLite holds goes when its statements are collected, and not when a thread ends.
 */
import { SealtrailError } from '../../../dist/errors.js'

let answer

export function serveThread(handler) {
  answer = handler
}

export function startThread() {
  const listeners = []
  let ended
  const end = (cause) => {
    ended = new SealtrailError('WorkerDied', 'the thread ended before it answered', {}, { cause })
    for (const listener of listeners) listener(ended)
    return ended
  }
  return {
    async call(request) {
      // As it is with a thread, what is asked for at the same time comes together.
      await new Promise(setImmediate)
      if (ended !== undefined) throw ended
      try {
        return answer(request)
      } catch (error) {
        throw error instanceof SealtrailError ? error : end(error)
      }
    },
    onExit: (listener) => listeners.push(listener),
    close: async () => undefined,
  }
}
