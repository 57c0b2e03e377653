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
import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  type Transferable,
  Worker,
} from 'node:worker_threads'
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

interface Asked<Request> {
  readonly id: number
  readonly request: Request
}

/** Requests that are answered together when they lie in line together. */
export interface Together<Request, Reply> {
  isOne(request: Request): boolean
  /** A reply for each. */
  answer(requests: readonly Request[]): readonly Reply[]
}

/** So many requests at most are answered together. */
const TOGETHER_MAX = 256

/** The thread's end. A handler that throws anything but a SealtrailError ends the thread. */
export function serveThread<Request, Reply>(
  handler: (request: Request) => Reply,
  together?: Together<Request, Reply>,
): void {
  const port = parentPort
  invariant(port !== null, 'serveThread runs on a thread')
  port.on('message', (first: Asked<Request>) => {
    let asked: Asked<Request> | undefined = first
    if (together?.isOne(first.request)) {
      const [line, next] = lineOf(port, first, together)
      port.postMessage(answerAll(line, together))
      asked = next
    }
    if (asked !== undefined) port.postMessage([answer(asked, handler)])
  })
}

/** The requests that lie in line behind `first` and go with it, and the one behind them. */
function lineOf<Request, Reply>(
  port: MessagePort,
  first: Asked<Request>,
  { isOne }: Together<Request, Reply>,
): [Array<Asked<Request>>, Asked<Request> | undefined] {
  const line = [first]
  while (line.length < TOGETHER_MAX) {
    const next = receiveMessageOnPort(port)?.message as Asked<Request> | undefined
    if (next === undefined || !isOne(next.request)) return [line, next]
    line.push(next)
  }
  return [line, undefined]
}

function answerAll<Request, Reply>(
  line: ReadonlyArray<Asked<Request>>,
  together: Together<Request, Reply>,
): Answer[] {
  const replies = together.answer(line.map(({ request }) => request))
  return line.map(({ id }, i) => ({ id, reply: replies[i] }))
}

function answer<Request, Reply>(
  { id, request }: Asked<Request>,
  handler: (request: Request) => Reply,
): Answer {
  try {
    return { id, reply: handler(request) }
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

  worker.on('message', (answers: readonly Answer[]) => {
    for (const { id, reply, fault } of answers) {
      const call = waiting.get(id)
      invariant(call !== undefined, 'a thread answers what it was asked')
      waiting.delete(id)
      if (fault === undefined) call.resolve(reply)
      else call.reject(errorOf(fault))
    }
    if (waiting.size === 0) {
      worker.unref()
      idle?.()
    }
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
