/**
 * How a story is told: a sentence, the command of it as it is typed, what was answered.
 *
 * The AWS CLI does it where there is one. Where there is none, the library makes the same call in this process, and the
 * story says so. Told as it happens; under --json as one list, at the end.
 *
 * @module
 */
import type { Terminal } from '../terminal/terminal.js'
import type { AwsCli } from './aws-cli.js'

export interface ToldStep {
  readonly says: string
  readonly command?: string
  /** Text as it was printed, or what of it is shown. */
  readonly answer?: unknown
}

export interface Typed {
  readonly says: string
  /** As it is typed, word by word. */
  readonly command: readonly string[]
  /** What comes of it without the AWS CLI: text, or what becomes JSON. */
  readonly without: () => Promise<unknown>
  /** What is shown of what was answered; all of it unless said, nothing when undefined. */
  readonly show?: (answer: string) => unknown
}

export class Teller {
  readonly steps: ToldStep[] = []
  readonly #terminal: Terminal
  readonly #folder: string
  /** Set when it is known whether there is one. */
  aws: AwsCli | undefined

  constructor(terminal: Terminal, folder: string) {
    this.#terminal = terminal
    this.#folder = folder
  }

  /** A sentence, and perhaps something to be seen with it. */
  async say(says: string, answer?: unknown): Promise<void> {
    await this.#tell({ says, ...(answer === undefined ? {} : { answer }) })
  }

  /** What the command answered, whole. */
  async type({ says, command, without, show = (all) => all }: Typed): Promise<string> {
    const isOurs = command[0] !== 'aws'
    const answer =
      this.aws === undefined || isOurs
        ? textOf(await without())
        : await this.aws.run(command, this.#folder)
    const shown = show(answer.trimEnd())
    const line = command.map(quoted).join(' ')
    await this.#tell({ says, command: line, ...(shown === undefined ? {} : { answer: shown }) })
    return answer
  }

  async #tell(step: ToldStep): Promise<void> {
    this.steps.push(step)
    if (!this.#terminal.isJson) await this.#terminal.printLine(linesOf(step))
  }
}

function linesOf({ says, command, answer }: ToldStep): string {
  const typed = command === undefined ? [] : [`  $ ${command}`]
  const text = answer === undefined ? '' : textOf(answer)
  const shown = text === '' ? [] : text.split('\n').map((line) => `  ${line}`)
  return [says, ...typed, ...shown, ''].join('\n')
}

function textOf(answer: unknown): string {
  if (answer === undefined) return ''
  return typeof answer === 'string' ? answer : JSON.stringify(answer, null, 2)
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w./:=@,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
