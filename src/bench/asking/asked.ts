/**
 * Starts process.ts for a question, and hears what it has to say.
 *
 * @module
 */
import { fork } from 'node:child_process'
import type { Question } from '../question.js'
import type { Answered, Outcome } from '../report/report.js'
import type { Asking, Listening } from './ask.js'

export type FromQuestion =
  | { readonly type: 'begun'; readonly load: number; readonly core: number | null }
  | { readonly type: 'outcome'; readonly outcome: Outcome }
  | { readonly type: 'answered'; readonly answered: Answered }

const SCRIPT = new URL('./process.js', import.meta.url)
const LAST_WORDS_MAX = 2000

/**
 * A process that ends before it has answered is a question that failed; what it had told until then counts.
 * @param env of the process. @throws the signal's reason, when that ends it
 */
export async function askInProcess(
  { name, asks }: Pick<Question, 'name' | 'asks'>,
  asking: Asking,
  { tell, env, signal }: { tell: Listening; env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<Answered> {
  signal.throwIfAborted()
  const child = fork(SCRIPT, { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const end = () => void child.kill('SIGKILL')
  signal.addEventListener('abort', end, { once: true })
  const begun = performance.now()
  let answered: Answered | undefined
  let [load, core, lastWords]: [number, number | null, string] = [0, null, '']
  const outcomes: Outcome[] = []
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = `${lastWords}${text}`.slice(-LAST_WORDS_MAX)
  })
  child.on('message', (given) => {
    const message = given as FromQuestion
    switch (message.type) {
      case 'begun':
        ;({ load, core } = message)
        return tell.begun(load, core)
      case 'outcome':
        outcomes.push(message.outcome)
        return tell.outcome(message.outcome)
      case 'answered':
        answered = message.answered
    }
  })
  const how = await new Promise<string>((resolve) => {
    // What cannot be told to one who is gone is no matter; that he cannot be started is.
    child.on('error', (error) => child.pid === undefined && resolve(error.message))
    child.once('close', (code, killed) => resolve(`${killed ?? code}`))
    child.send({ name, ...asking })
  })
  signal.removeEventListener('abort', end)
  signal.throwIfAborted()
  if (answered !== undefined) return answered
  const said = lastWords.trim() === '' ? '' : `: ${lastWords.trim()}`
  const failed = `its process ended before it had answered (${how})${said}`
  const seconds = (performance.now() - begun) / 1000
  return { name, asks, core, load, seconds, failed, notes: [], outcomes }
}
