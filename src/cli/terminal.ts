/**
 * What a command says.
 *
 * Results go to stdout, as lines for people or JSON for machines (--json); everything else goes to stderr. Where
 * stdout carries a user's bytes, the JSON goes to stderr too. What others wrote (a description, a file's name)
 * may hold no character that moves a cursor. Progress shows only on a terminal. How failures are told is
 * failure.ts.
 *
 * @module
 */
import { SingleBar } from 'cli-progress'
import { toStdout } from './stdout.js'

/** Asked of the arguments themselves, because wrong usage is found before they have been parsed. */
export const isJson = argumentsBefore('--').includes('--json')

let isStdoutTaken = false

/** From here on stdout carries a user's bytes and nothing else. */
export function takeStdout(): void {
  isStdoutTaken = true
}

/** Prints `lines` for people, or `value` as JSON, where dates and bytes become text. */
export function print(value: unknown, lines: readonly string[]): Promise<void> {
  return printLine(isJson ? JSON.stringify(value, readable, 2) : lines.join('\n'))
}

/** @throws Error when stdout does not take it. */
export async function printLine(line: string): Promise<void> {
  if (isStdoutTaken) process.stderr.write(`${line}\n`)
  else await toStdout(`${line}\n`)
}

export function note(sentence: string): void {
  process.stderr.write(`sealtrail: ${printable(sentence)}\n`)
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

/** A bar of bytes on stderr, or nothing where stderr is no terminal or the total is unknown. */
export function progress(totalBytes: number | undefined): {
  add(bytes: number): void
  stop(): void
} {
  if (!process.stderr.isTTY || totalBytes === undefined) return { add() {}, stop() {} }
  const bar = new SingleBar({
    format: '{bar} {percentage}%  {megabytes} MB  {rate} MB/s  ETA {eta_formatted}',
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 50,
  })
  const begun = performance.now()
  let done = 0
  bar.start(totalBytes, 0, { megabytes: '0', rate: '0' })
  return {
    add(bytes) {
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

function argumentsBefore(end: string): string[] {
  const given = process.argv.slice(2)
  return given.includes(end) ? given.slice(0, given.indexOf(end)) : given
}

/** `text` with an escape for each control character and each mark that turns the direction of writing. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
