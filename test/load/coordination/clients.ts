/** `sealtrail load client` in processes of their own, and what they say. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Happened } from '../../../src/load/coordination/waiting.js'

type Kind = Happened['kind'] | 'waiting'
type Line<K extends Kind> = Extract<
  Happened | { readonly kind: 'waiting'; readonly port: number },
  { readonly kind: K }
>

export interface ClientProcess {
  readonly child: ChildProcess
  /** `host:port`. */
  readonly place: string
  /** All that it has said, on stdout and stderr. */
  said(): string
  /** What it has said so far is nobody's. */
  forget(): void
  /** The next line of that kind that nobody has asked for. */
  next<K extends Kind>(kind: K): Promise<Line<K>>
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export async function startClient(secret: string, env = {}): Promise<ClientProcess> {
  const args = ['dist/cli/main.js', 'load', 'client', '--json', '--secret', secret]
  const child = spawn(process.execPath, [...args, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const lines: Array<Line<Kind>> = []
  let wake: () => void = () => undefined
  createInterface(child.stdout).on('line', (text) => {
    said += `${text}\n`
    lines.push(JSON.parse(text))
    wake()
  })
  const next = async <K extends Kind>(kind: K): Promise<Line<K>> => {
    for (;;) {
      const at = lines.findIndex((line) => line.kind === kind)
      if (at !== -1) return lines.splice(at, 1)[0] as Line<K>
      const isGone = await Promise.race([
        new Promise<false>((resolve) => {
          wake = () => resolve(false)
        }),
        gone.then(() => true),
      ])
      if (isGone) throw new Error(`the client ended: ${said}`)
    }
  }
  const { port } = await next('waiting')
  return {
    ...{ child, place: `127.0.0.1:${port}`, said: () => said, next },
    forget() {
      lines.length = 0
    },
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return gone
    },
  }
}
