/**
 * The terminal of a run that goes on: lines drawn over the ones before, and keys that change what happens.
 *
 *     + -   a tenth more or less        p   pause, or go on        Ctrl-C   end, as without a screen
 *
 * Keys come one by one only from a terminal; what was set on it is put back at the end. What the lines say is view.ts.
 *
 * @module
 */
import type { Readable, Writable } from 'node:stream'
import { type LiveRun, liveLines, windowLine } from './view.js'

/** A terminal's two ends, as the process has them. */
export interface Ends {
  readonly input: Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown }
  readonly output: Writable & { readonly isTTY?: boolean; readonly columns?: number }
}

export interface Keys {
  /** How many times as much is wanted. */
  readonly change: (factor: number) => void
  readonly pause: () => void
  readonly end: () => void
}

export interface Screen {
  /** After each window. */
  show(run: LiveRun): void
  close(): void
}

const STEP = 1.1
const USUAL_COLUMNS = 80
const CTRL_C = '\u0003'
const UP_AND_CLEAR = (lines: number) => `\u001b[${lines}A\u001b[0J`

/** Lines drawn in place on a terminal; one line for each window, or its JSON, elsewhere. */
export function openScreen(ends: Ends, keys: Keys, isJson: boolean): Screen {
  const { output } = ends
  if (isJson) return eachWindow(output, (run) => JSON.stringify(run.windows.at(-1)))
  if (!output.isTTY) return eachWindow(output, (run) => windowLine(run.windows.at(-1)!))
  const forget = listen(ends, keys)
  let drawn: readonly string[] = []
  return {
    show(run) {
      const columns = output.columns ?? USUAL_COLUMNS
      const lines = liveLines(run, columns - 1)
      const over = drawn.length > 0 ? UP_AND_CLEAR(rowsOf(drawn, columns)) : ''
      output.write(`${over}${lines.join('\n')}\n`)
      drawn = lines
    },
    close: forget,
  }
}

/** A terminal that has become narrower shows a line in several rows. */
function rowsOf(lines: readonly string[], columns: number): number {
  return lines.reduce((rows, line) => rows + Math.max(1, Math.ceil([...line].length / columns)), 0)
}

function eachWindow(output: Writable, text: (run: LiveRun) => string): Screen {
  return {
    show(run) {
      if (run.windows.length > 0) output.write(`${text(run)}\n`)
    },
    close() {},
  }
}

function listen({ input }: Ends, { change, pause, end }: Keys): () => void {
  if (!input.isTTY || input.setRawMode === undefined) return () => {}
  const onData = (bytes: Buffer | string) => {
    for (const key of bytes.toString()) {
      if (key === '+' || key === '=') change(STEP)
      else if (key === '-') change(1 / STEP)
      else if (key === 'p') pause()
      else if (key === CTRL_C) end()
    }
  }
  input.setRawMode(true)
  input.on('data', onData)
  input.resume()
  return () => {
    input.off('data', onData)
    input.setRawMode?.(false)
    input.pause()
  }
}
