/**
 * A user's bytes through a transform: from a file or stdin, to a file or stdout, with a bar.
 *
 * A target file appears whole, when everything has been read and checked, or not at all. A pipe or a device
 * is written to as the bytes come, like stdout. A signal ends the work as a failure does.
 *
 * @module
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { type Duplex, PassThrough, Readable, Transform, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isNoFile, writeWholeFile } from '../store/files/whole-file.js'
import { note, print, progress } from './terminal.js'

const READ_BYTES = 1 << 20
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

export interface Passage {
  readonly source: string
  readonly target: string
  readonly bytesIn: number
  readonly bytesOut: number
  readonly seconds: number
}

/** `-` stands for stdin and stdout. */
export async function through(source: string, target: string, transform: Duplex): Promise<Passage> {
  const begun = performance.now()
  const bar = progress(await sizeOf(source))
  const bytes = { in: 0, out: 0 }
  const { signal, forget } = untilSignal()
  const from =
    source === '-' ? process.stdin : createReadStream(source, { highWaterMark: READ_BYTES })
  const meter = counter((count) => {
    bytes.in += count
    bar.add(count)
  })
  const outlet = counter((count) => {
    bytes.out += count
  })
  try {
    const sink = await sinkOf(target)
    if (sink !== undefined) {
      await pipeline(from, meter, transform, outlet, sink, { end: sink !== process.stdout, signal })
    } else {
      const end = new PassThrough()
      const flowing = pipeline(from, meter, transform, outlet, end, { signal })
      await Promise.all([flowing, writeWholeFile(target, Readable.from(end))])
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

/** Aborts at the first signal; a second one ends the process there and then. */
function untilSignal(): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController()
  const stop = (name: string) => controller.abort(new Error(`stopped by ${name}`))
  for (const name of SIGNALS) process.once(name, stop)
  const forget = () => {
    for (const name of SIGNALS) process.off(name, stop)
  }
  return { signal: controller.signal, forget }
}

async function sizeOf(source: string): Promise<number | undefined> {
  if (source === '-') return undefined
  const stats = await stat(source)
  return stats.isFile() ? stats.size : undefined
}

/** What is written to as the bytes come; undefined for a file. */
async function sinkOf(target: string): Promise<Writable | undefined> {
  if (target === '-') return process.stdout
  return (await isNoFile(target)) ? createWriteStream(target) : undefined
}

/** One line for people on stderr; JSON on stdout when asked for and stdout is free. */
export function tellPassage(passage: Passage, json: boolean): void {
  const { source, target, bytesIn, bytesOut, seconds } = passage
  if (json && target !== '-') print(passage, [], true)
  else note(`${source} → ${target}: ${bytesIn} → ${bytesOut} bytes, ${rate(bytesIn, seconds)}`)
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
