/** The command as a person runs it: its exit code and what it printed. */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

export interface Outcome {
  readonly code: number | null
  readonly out: Buffer
  readonly said: string
}

export interface Surroundings {
  readonly env?: Record<string, string>
  /** A file for stdout, opened for appending; `closed`: nobody reads it from the start. */
  readonly stdout?: string | 'closed'
  /** Files stop growing here, as on a full disk. */
  readonly fileBytesMax?: number
}

export async function sealtrail(
  args: string[],
  input?: Uint8Array,
  { env, stdout = 'pipe', fileBytesMax }: Surroundings = {},
): Promise<Outcome> {
  const file = stdout === 'pipe' || stdout === 'closed' ? undefined : openSync(stdout, 'a')
  const limit = `trap "" XFSZ; ulimit -f ${Math.ceil((fileBytesMax ?? 0) / 1024)};`
  const shell = fileBytesMax === undefined ? [] : ['bash', '-c', `${limit} exec "$@"`, 'limited']
  const [command, ...rest] = [...shell, process.execPath, 'dist/cli/main.js', ...args]
  const child = spawn(command!, rest, {
    timeout: 60_000,
    stdio: ['pipe', file ?? 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  if (file !== undefined) closeSync(file)
  if (stdout === 'closed') child.stdout?.destroy()
  const [out, errors]: [Buffer[], Buffer[]] = [[], []]
  child.stdout?.on('data', (piece: Buffer) => out.push(piece))
  child.stderr!.on('data', (piece: Buffer) => errors.push(piece))
  // A command that has enough may end before it has read everything.
  child.stdin!.on('error', () => undefined).end(input)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out: Buffer.concat(out), said: Buffer.concat(errors).toString() }
}
