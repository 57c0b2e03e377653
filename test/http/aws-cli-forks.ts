/**
 * The AWS CLI as a process that is loaded once and forks for each command (aws-cli-forks.py), where `python3` has it.
 *
 * It is the same program in a fifth of the time. An `aws` that is no program of Python, or of another version, has none.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { CliResult } from './aws-cli.js'

const SCRIPT = fileURLToPath(new URL('./aws-cli-forks.py', import.meta.url))

type Environment = Readonly<Record<string, string | undefined>>

export class AwsCliForks {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #folder = mkdtempSync(join(tmpdir(), 'sealtrail-aws-'))
  readonly #waiting = new Map<number, (exitCode: number) => void>()
  #commands = 0

  private constructor(process: ChildProcessByStdio<Writable, Readable, null>) {
    this.#process = process
  }

  /** Undefined unless `python` has the CLI that calls itself `version`. */
  static async start(
    python: string,
    version: string,
    env: Environment,
  ): Promise<AwsCliForks | undefined> {
    const child = spawn(python, [SCRIPT], { env, stdio: ['pipe', 'pipe', 'ignore'] })
    const lines = createInterface(child.stdout)
    const first = await new Promise<string | undefined>((resolve) => {
      lines.once('line', resolve).once('close', () => resolve(undefined))
      child.once('error', () => resolve(undefined))
    })
    if (first === undefined || first !== version) {
      child.kill()
      return undefined
    }
    return new AwsCliForks(child).#listen(lines)
  }

  async run(args: readonly string[], env: Environment): Promise<CliResult> {
    const id = this.#commands++
    const out = join(this.#folder, String(id))
    const ended = new Promise<number>((resolve) => this.#waiting.set(id, resolve))
    this.#process.stdin.write(`${JSON.stringify({ id, args, env, out })}\n`)
    const exitCode = await ended
    const [stdout, stderr] = [1, 2].map((stream) => readFileSync(`${out}.${stream}`, 'utf8'))
    return { exitCode, stdout: stdout!, stderr: stderr! }
  }

  #listen(lines: NodeJS.EventEmitter): this {
    lines.on('line', (line: string) => {
      const { id, code } = JSON.parse(line) as { id: number; code: number }
      this.#waiting.get(id)!(code)
      this.#waiting.delete(id)
    })
    process.once('exit', () => rmSync(this.#folder, { recursive: true, force: true }))
    return this
  }
}
