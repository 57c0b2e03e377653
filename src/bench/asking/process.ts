/**
 * One question in a process of its own: what one leaves behind in the compiler does not slow the next.
 *
 * Led over its message channel (asked.ts), and ends with it.
 *
 * @module
 */
import { questionsFor } from '../questions.js'
import { type Asking, ask } from './ask.js'
import type { FromQuestion } from './asked.js'

/** The last word has to be on its way before this process may go. */
const say = (message: FromQuestion) =>
  new Promise<void>((resolve) => {
    if (process.send === undefined || !process.connected) resolve()
    else process.send(message, () => resolve())
  })

// Who asks ends us, when the folder is his to remove.
process.on('SIGINT', () => undefined)
process.once('disconnect', () => process.exit())
process.once('message', (message) => void answer(message as Asking & { readonly name: string }))

async function answer({ name, ...asking }: Asking & { readonly name: string }): Promise<void> {
  const question = questionsFor([name]).find((one) => one.name === name)!
  const answered = await ask(question, asking, {
    begun: (load, core) => void say({ type: 'begun', load, core }),
    outcome: (outcome) => void say({ type: 'outcome', outcome }),
  })
  await say({ type: 'answered', answered })
  process.exit()
}
