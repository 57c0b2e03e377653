/**
 * One dedicated thread that answers requests in order: both ends of the line.
 *
 * The owner calls `startThread(url, workerData)`; the module at `url` calls `serveThread(handler)`. A
 * SealtrailError crosses as itself. A thread that ends takes its unanswered calls with it, as `WorkerDied`,
 * and every later one: nothing is started again behind the owner's back. An idle thread does not keep the
 * process alive, an unanswered call does. Threads that share work are in pool.ts.
 *
 * @module
 */
import { parentPort, type Transferable, Worker } from 'node:worker_threads'
import { errorOf, type Fault, faultOf, isSealtrailError, SealtrailError } from '../errors.js'
import { invariant } from '../invariant.js'

export interface Thread {
  /**
   * Posts `request`, transferring what is listed; resolves to the handler's answer.
   * @throws SealtrailError what the handler threw; `WorkerDied` when the thread ended; `Closed` after close.
   */
  call<Reply>(request: unknown, transfer?: readonly Transferable[]): Promise<Reply>
  /** Called once when the thread ends, or has ended, without being asked to. */
  onExit(listener: (error: SealtrailError) => void): void
  /** Waits for unanswered calls, then ends the thread. */
  close(): Promise<void>
}

interface Answer {
  readonly id: number
  readonly reply?: unknown
  readonly fault?: Fault
}

interface Waiting {
  resolve(reply: unknown): void
  reject(error: Error): void
}

/** The thread's end. A handler that throws anything but a SealtrailError ends the thread. */
export function serveThread<Request, Reply>(handler: (request: Request) => Reply): void {
  const port = parentPort
  invariant(port !== null, 'serveThread runs on a thread')
  port.on('message', ({ id, request }: { id: number; request: Request }) => {
    port.postMessage(answer(id, () => handler(request)))
  })
}

function answer(id: number, work: () => unknown): Answer {
  try {
    return { id, reply: work() }
  } catch (error) {
    if (!isSealtrailError(error)) throw error
    return { id, fault: faultOf(error) }
  }
}

export function startThread(url: URL, workerData: unknown): Thread {
  // Flags of the owner, such as --input-type, are not the thread's.
  const worker = new Worker(url, { workerData, execArgv: [] })
  const waiting = new Map<number, Waiting>()
  const listeners: Array<(error: SealtrailError) => void> = []
  let ended: SealtrailError | undefined
  let cause: unknown
  let idle: (() => void) | undefined
  let closing: Promise<void> | undefined
  let lastId = 0
  worker.unref()

  worker.on('message', ({ id, reply, fault }: Answer) => {
    const call = waiting.get(id)
    invariant(call !== undefined, 'a thread answers what it was asked')
    waiting.delete(id)
    if (waiting.size === 0) {
      worker.unref()
      idle?.()
    }
    if (fault === undefined) call.resolve(reply)
    else call.reject(errorOf(fault))
  })
  worker.on('error', (error) => {
    cause = error
  })
  // An answer that cannot be read is an answer lost: its caller must not wait for ever.
  worker.on('messageerror', (error) => {
    cause = error
    void worker.terminate()
  })
  worker.on('exit', () => {
    ended = new SealtrailError('WorkerDied', 'the thread ended before it answered', {}, { cause })
    for (const call of waiting.values()) call.reject(ended)
    waiting.clear()
    idle?.()
    if (closing === undefined) for (const listener of listeners) listener(ended)
  })

  return {
    call<Reply>(request: unknown, transfer: readonly Transferable[] = []): Promise<Reply> {
      if (closing !== undefined) {
        return Promise.reject(new SealtrailError('Closed', 'the thread is closed'))
      }
      if (ended !== undefined) return Promise.reject(ended)
      return new Promise<Reply>((resolve, reject) => {
        const id = ++lastId
        worker.postMessage({ id, request }, transfer)
        waiting.set(id, { resolve: resolve as (reply: unknown) => void, reject })
        worker.ref()
      })
    },
    onExit(listener) {
      if (ended === undefined) listeners.push(listener)
      else if (closing === undefined) listener(ended)
    },
    close() {
      closing ??= (async () => {
        if (waiting.size > 0) await new Promise<void>((resolve) => (idle = resolve))
        await worker.terminate()
      })()
      return closing
    },
  }
}
