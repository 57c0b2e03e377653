/** The command, here or as a person runs it: its exit code and what it printed. */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { run } from '../../src/cli/run.js'

export interface Outcome {
  readonly code: number | null
  readonly out: Buffer
  readonly said: string
}

/** In this process. */
export async function sealtrail(
  args: string[],
  input: Uint8Array = new Uint8Array(0),
  env: Record<string, string> = {},
): Promise<Outcome> {
  const [out, errors]: [Buffer[], Buffer[]] = [[], []]
  const into = (pieces: Buffer[]) =>
    new Writable({
      write(piece: Buffer, _, done) {
        // What was given may be used again, or wiped.
        pieces.push(Buffer.from(piece))
        done()
      },
    })
  const code = await run(args, {
    env: { ...process.env, ...env },
    stdin: Readable.from(input.length === 0 ? [] : [Buffer.from(input)]),
    stdout: into(out),
    stderr: into(errors),
  })
  return { code, out: Buffer.concat(out), said: Buffer.concat(errors).toString() }
}

export interface Surroundings {
  /** A file for stdout, opened for appending; `closed`: nobody reads it from the start. */
  readonly stdout?: string | 'closed'
  /** Files stop growing here, as on a full disk. */
  readonly fileBytesMax?: number
}

/** In a process of its own. */
export async function sealtrailProcess(
  args: string[],
  input?: Uint8Array,
  { stdout = 'pipe', fileBytesMax }: Surroundings = {},
): Promise<Outcome> {
  const file = stdout === 'pipe' || stdout === 'closed' ? undefined : openSync(stdout, 'a')
  const limit = `trap "" XFSZ; ulimit -f ${Math.ceil((fileBytesMax ?? 0) / 1024)};`
  const shell = fileBytesMax === undefined ? [] : ['bash', '-c', `${limit} exec "$@"`, 'limited']
  const [command, ...rest] = [...shell, process.execPath, 'dist/cli/main.js', ...args]
  const child = spawn(command!, rest, {
    timeout: 240_000,
    stdio: ['pipe', file ?? 'pipe', 'pipe'],
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
