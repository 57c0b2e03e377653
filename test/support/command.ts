/** The command as a person runs it: its exit code and what it printed. */
import { spawn } from 'node:child_process'

export interface Outcome {
  readonly code: number | null
  readonly out: Buffer
  readonly said: string
}

export async function sealtrail(args: string[], input?: Uint8Array): Promise<Outcome> {
  const child = spawn(process.execPath, ['dist/cli/main.js', ...args], { timeout: 60_000 })
  const [out, errors]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (piece: Buffer) => out.push(piece))
  child.stderr.on('data', (piece: Buffer) => errors.push(piece))
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out: Buffer.concat(out), said: Buffer.concat(errors).toString() }
}
