/**
 * What a command says.
 *
 * Results go to stdout, as lines for people or JSON for machines (--json); everything else goes to stderr. Where
 * stdout carries a user's bytes, the JSON goes to stderr too. What others wrote (a description, a file's name)
 * may hold no character that moves a cursor. Progress shows only on a terminal. How failures are told is
 * failure.ts; which streams these are, is for who runs the command to say.
 *
 * @module
 */
import type { Readable, Writable } from 'node:stream'
import { SingleBar } from 'cli-progress'
import { writeTo } from './stdout.js'

/** What a command has around it. `fd` is there when the system knows the stream under a number. */
export interface Io {
  readonly env: NodeJS.ProcessEnv
  readonly stdin: Readable & { readonly fd?: number }
  readonly stdout: Writable & { readonly fd?: number; readonly isTTY?: boolean }
  readonly stderr: Writable & { readonly isTTY?: boolean }
}

export class Terminal {
  readonly io: Io
  /** Asked of the arguments themselves, because wrong usage is found before they have been parsed. */
  readonly isJson: boolean
  /** What a command ends with that does not fail. */
  exitCode = 0
  #isStdoutTaken = false

  constructor(args: readonly string[], io: Io) {
    this.io = io
    this.isJson = argumentsBefore('--', args).includes('--json')
    // Whoever writes hears of it; without a listener the error would end the process on its own.
    for (const stream of [io.stdout, io.stderr]) stream.on('error', () => undefined)
  }

  /** From here on stdout carries a user's bytes and nothing else. */
  takeStdout(): void {
    this.#isStdoutTaken = true
  }

  /** Resolves when stdout has taken all of `piece`. @throws Error with the system's code. */
  toStdout(piece: string | Uint8Array): Promise<void> {
    return writeTo(this.io.stdout, piece)
  }

  /** Prints `lines` for people, or `value` as JSON, where dates and bytes become text. */
  print(value: unknown, lines: readonly string[]): Promise<void> {
    return this.printLine(this.isJson ? JSON.stringify(value, readable, 2) : lines.join('\n'))
  }

  /** @throws Error when stdout does not take it. */
  async printLine(line: string): Promise<void> {
    if (this.#isStdoutTaken) this.io.stderr.write(`${line}\n`)
    else await this.toStdout(`${line}\n`)
  }

  note(sentence: string): void {
    this.io.stderr.write(`sealtrail: ${printable(sentence)}\n`)
  }

  /** A bar of bytes on stderr, or nothing where stderr is no terminal or the total is unknown. */
  progress(totalBytes: number | undefined): { add(bytes: number): void; stop(): void } {
    const { stderr } = this.io
    if (!stderr.isTTY || totalBytes === undefined) return { add() {}, stop() {} }
    return openBar(totalBytes, stderr)
  }
}

/** Columns padded to the widest cell; the first row is the heading. */
export function table(given: ReadonlyArray<readonly string[]>): string[] {
  const rows = given.map((row) => row.map(printable))
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function openBar(totalBytes: number, stream: Writable) {
  const bar = new SingleBar({
    format: '{bar} {percentage}%  {megabytes} MB  {rate} MB/s  ETA {eta_formatted}',
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 50,
    stream: stream as NodeJS.WriteStream,
  })
  const begun = performance.now()
  let done = 0
  bar.start(totalBytes, 0, { megabytes: '0', rate: '0' })
  return {
    add(bytes: number) {
      done += bytes
      const rate = done / 1e3 / Math.max(1, performance.now() - begun)
      bar.update(done, { megabytes: (done / 1e6).toFixed(0), rate: rate.toFixed(0) })
    },
    stop: () => bar.stop(),
  }
}

function readable(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}

function argumentsBefore(end: string, args: readonly string[]): readonly string[] {
  return args.includes(end) ? args.slice(0, args.indexOf(end)) : args
}

/** `text` with an escape for each control character and each mark that turns the direction of writing. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
