/**
 * One run of the program of clients-child.mjs on a disk that fails, and what became of it.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { readCounts, shimEnvironment } from '../../support/disk-faults/shim.mjs'
import { runFiles } from './run-files.mjs'

const TIMEOUT_MS = 20_000

/**
 * @param run { program; folder: an empty directory; calls, seed: of its one client; fail: as the shim has it }
 * @returns { outcome: what the child said, or { signal, code, said } when it said nothing; counts; lines: for an oracle }
 */
export async function runFaulty({ program, folder, calls, seed, fail }) {
  const { root, trace, lines, counts } = runFiles(folder)
  mkdirSync(root)
  const env = shimEnvironment({ directory: root, trace, counts, marks: lines, fail })
  const options = JSON.stringify({ clients: 1, calls, seed })
  const child = spawn(process.execPath, [program, root, lines, options], {
    env,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  let [out, said] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const ended = await new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  const isWell = ended.code === 0 && out !== ''
  return {
    outcome: isWell ? JSON.parse(out) : { ...ended, said },
    counts: readCounts(counts),
    lines: existsSync(lines)
      ? readFileSync(lines, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line))
      : [],
  }
}
