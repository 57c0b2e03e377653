/**
 * A user's bytes through a transform: from a file or stdin, to a file or stdout, with a bar.
 *
 * A target file appears whole, when everything has been read and checked, or not at all. A pipe or a device
 * is written to as the bytes come, like stdout. A signal ends the work as a failure does.
 *
 * @module
 */
import { type BigIntStats, createReadStream, createWriteStream, fstatSync, statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type Duplex, PassThrough, Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SealtrailError } from '../../errors.js'
import { isNoFile, isThere, writeWholeFile } from '../../store/files/whole-file.js'
import type { Terminal } from './terminal.js'

const READ_BYTES = 1 << 20
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

export interface Transfer {
  readonly source: string
  readonly target: string
  readonly bytesIn: number
  readonly bytesOut: number
  readonly seconds: number
}

/** What `pipeline` takes between a source and a sink. */
export type Transforming =
  | Duplex
  | ((source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>)

/** Where bytes come from and go to. `-` stands for stdin and stdout. */
export interface Places {
  readonly source: string
  readonly target: string
  /** Whether a file that is at `target` already may be replaced. */
  readonly force: boolean
}

/**
 * Asked before anything is opened, made or recorded.
 * @throws SealtrailError `InputInvalid` for a target that is its own source, by whatever name, or that would
 * be replaced without --force.
 */
export async function checkPlaces(
  terminal: Terminal,
  { source, target, force }: Places,
): Promise<void> {
  if (target === '-') terminal.takeStdout()
  const { stdin, stdout } = terminal.io
  const from = source === '-' ? statsOf(stdin.fd) : statsOf(source)
  const to = target === '-' ? statsOf(stdout.fd) : statsOf(target)
  if (from?.isFile() && to?.isFile() && from.dev === to.dev && from.ino === to.ino) {
    throw new SealtrailError('InputInvalid', `${source} and ${target} are the same file`)
  }
  if (target === '-' || force || to?.isFile() === false || !(await isThere(target))) return
  throw new SealtrailError('InputInvalid', `${target} is there already: --force replaces it`)
}

/** Where bytes come from. */
export interface Inflow {
  readonly stream: Readable
  /** All of them, where that is known. */
  readonly bytes: number | undefined
}

/** @param inflow what `source` is, where that is neither a file nor stdin. */
export async function through(
  terminal: Terminal,
  { source, target, force }: Places,
  transform: Transforming,
  inflow?: Inflow,
): Promise<Transfer> {
  const begun = performance.now()
  const { stream: from, bytes: total } = inflow ?? (await inflowOf(terminal, source))
  const bar = terminal.progress(total)
  const bytes = { in: 0, out: 0 }
  const { signal, forget } = untilSignal()
  const meter = counter((count) => {
    bytes.in += count
    bar.add(count)
  })
  const outlet = counter((count) => {
    bytes.out += count
  })
  try {
    const sink = await sinkOf(target, terminal)
    if (sink !== undefined) {
      await pipeline(from, meter, transform, outlet, sink, { signal })
    } else {
      const end = new PassThrough()
      const flowing = pipeline(from, meter, transform, outlet, end, { signal })
      const both = [flowing, writeWholeFile(target, Readable.from(end), { replace: force })]
      try {
        await Promise.all(both)
      } finally {
        // What failed first says why, and is told when nothing is left of the file.
        await Promise.allSettled(both)
      }
    }
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    forget()
    bar.stop()
  }
  const seconds = (performance.now() - begun) / 1000
  return { source, target, bytesIn: bytes.in, bytesOut: bytes.out, seconds }
}

/** Bytes from a file or stdin for whoever takes them somewhere else, and what he answers. */
export async function outOf<Answer extends object>(
  terminal: Terminal,
  source: string,
  consume: (pieces: AsyncIterable<Uint8Array>, bytes: number | undefined) => Promise<Answer>,
): Promise<Omit<Transfer, 'target'> & { readonly answer: Answer }> {
  const begun = performance.now()
  const { stream: from, bytes: total } = await inflowOf(terminal, source)
  const bar = terminal.progress(total)
  let bytes = 0
  const { signal, forget } = untilSignal()
  const meter = counter((count) => {
    bytes += count
    bar.add(count)
  })
  const end = new PassThrough()
  const flowing = pipeline(from, meter, end, { signal })
  const consuming = consume(end, total).catch((error: unknown) => {
    end.destroy(error as Error)
    throw error
  })
  try {
    const [answer] = await Promise.all([consuming, flowing])
    const seconds = (performance.now() - begun) / 1000
    return { source, bytesIn: bytes, bytesOut: bytes, seconds, answer }
  } catch (error) {
    await Promise.allSettled([consuming, flowing])
    signal.throwIfAborted()
    throw error
  } finally {
    forget()
    bar.stop()
  }
}

/** Aborts at the first signal; a second one ends the process there and then. */
export function untilSignal(): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController()
  const stop = (name: string) =>
    controller.abort(Object.assign(new Error(`stopped by ${name}`), { code: name }))
  for (const name of SIGNALS) process.once(name, stop)
  const forget = () => {
    for (const name of SIGNALS) process.off(name, stop)
  }
  return { signal: controller.signal, forget }
}

/** Undefined when nothing is there, or the system cannot say what a stream is. */
function statsOf(place: string | number | undefined): BigIntStats | undefined {
  if (place === undefined) return undefined
  try {
    return typeof place === 'number'
      ? fstatSync(place, { bigint: true })
      : statSync(place, { bigint: true })
  } catch {
    return undefined
  }
}

async function inflowOf(terminal: Terminal, source: string): Promise<Inflow> {
  if (source === '-') return { stream: terminal.io.stdin, bytes: undefined }
  const bytes = await sizeOf(source)
  return { stream: createReadStream(source, { highWaterMark: READ_BYTES }), bytes }
}

async function sizeOf(source: string): Promise<number | undefined> {
  const stats = await stat(source)
  return stats.isFile() ? stats.size : undefined
}

/** What takes the bytes as they come; undefined for a file. */
async function sinkOf(target: string, terminal: Terminal): Promise<Writable | undefined> {
  if (target === '-') return stdoutSink(terminal)
  return (await isNoFile(target)) ? createWriteStream(target) : undefined
}

/** Ends, and breaks, without stdout, which is not ours to close. */
function stdoutSink(terminal: Terminal): Writable {
  return new Writable({
    write(piece: Uint8Array, _, done) {
      terminal.toStdout(piece).then(() => done(), done)
    },
  })
}

/** One line for people on stderr; JSON for machines. */
export async function tellTransfer(terminal: Terminal, transfer: Transfer): Promise<void> {
  const { source, target, bytesIn, bytesOut, seconds } = transfer
  if (terminal.isJson) await terminal.print(transfer, [])
  else
    terminal.note(
      `${source} → ${target}: ${bytesIn} → ${bytesOut} bytes, ${rate(bytesIn, seconds)}`,
    )
}

export function rate(bytes: number, seconds: number): string {
  return `${(bytes / 1e6 / seconds).toFixed(1)} MB/s`
}

function counter(count: (bytes: number) => void): Transform {
  return new Transform({
    transform(piece: Uint8Array, _, done) {
      count(piece.length)
      done(null, piece)
    },
  })
}
