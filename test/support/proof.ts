/** The proofs of scripts/proofs/, in their small form. */
import { spawn } from 'node:child_process'

export interface ProofReport {
  /** Draws the same states again. */
  readonly seed: number
  readonly states: number
  /** Each is something that must not be. */
  readonly findings: ReadonlyArray<Record<string, unknown>>
}

/** Runs the script to its end, whatever it finds. */
export async function proofOf(
  script: string,
  options: Record<string, number>,
): Promise<ProofReport> {
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn(process.execPath, [script, '--json', '--parallel', '1', ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, said] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await new Promise((resolve) => child.once('close', resolve))
  if (out === '') throw new Error(`${script}: ${said}`)
  return JSON.parse(out)
}
