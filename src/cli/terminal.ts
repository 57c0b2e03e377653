/**
 * What a command says, and how it ends.
 *
 * Results go to stdout, as lines for people or one JSON value for machines (--json); everything else goes
 * to stderr. What others wrote (a description, a file's name) may hold no character that moves a cursor.
 * Progress shows only on a terminal. Exit codes: 0 done, 1 failed, 2 used wrongly, 3 refused because stored
 * bytes, key or context do not fit.
 *
 * @module
 */
import { SingleBar } from 'cli-progress'
import { isSealtrailError, type SealtrailError } from '../errors.js'

export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3 } as const

/** Prints `lines` for people, or `value` as JSON. Dates and bytes become text. */
export function print(value: unknown, lines: readonly string[], json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(value, readable, 2)}\n` : joined(lines))
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

/** Says why, and gives the exit code that fits. */
export function explain(error: unknown): number {
  if (!isSealtrailError(error)) {
    note(sentenceOf(error))
    return EXIT.failed
  }
  note(`${adviceFor(error)} (${error.code})`)
  if (error.code === 'ConfigInvalid' || error.code === 'ValidationException') return EXIT.usage
  const unfit = error.fault === 'integrity' || error.code === 'InvalidCiphertextException'
  return unfit ? EXIT.refused : EXIT.failed
}

/** The system's own errors, such as of a file that is not there, say it all; of others the name helps. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`
}

/** What happened, and what to do where the error leaves that open. */
function adviceFor({ code, message }: SealtrailError): string {
  switch (code) {
    case 'InvalidCiphertextException':
      // One sentence whatever did not fit, as everywhere.
      return message || 'the key, the context or the bytes do not fit'
    case 'StoreInUse':
      return `${message}: stop it, ask it with an AWS client, or name another --data-dir`
    default:
      return message || 'failed'
  }
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

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

/** `text` with an escape for each control character and each mark that turns the direction of writing. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
