/** jq of the PATH. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Rejects with what to do when there is none. */
export async function findJq(): Promise<string> {
  try {
    await run('jq', ['--version'])
    return 'jq'
  } catch (cause) {
    throw new Error('these tests need jq: put `jq` on the PATH', { cause })
  }
}

/** What jq makes of the texts, one after the other. */
export async function runJq(filter: string, texts: readonly string[]): Promise<unknown> {
  const running = run('jq', ['--compact-output', '--null-input', filter])
  running.child.stdin!.end(texts.join('\n'))
  return JSON.parse((await running).stdout)
}
