/** Child processes of tests: plain `.mjs` scripts that import dist/, so that every Node can run them. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'

/** Runs `script` to its end; rejects with its stderr when it fails. */
export async function runScript(script: string, args: string[] = []): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], {
    timeout: 240_000,
    maxBuffer: 1 << 26,
  })
  return stdout
}

/** Starts `script`; the caller kills it. stderr shows. */
export function startScript(script: string, args: string[] = [], env = {}): ChildProcess {
  return spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
}
