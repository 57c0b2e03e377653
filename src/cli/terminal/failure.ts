/**
 * How a command ends that fails: one sentence on stderr, or one line of JSON, and an exit code.
 *
 *     {"error":{"code":"NotFoundException","message":"Alias … is not found."}}
 *
 * Under --json every failure is told so, wrong usage too, where results would be (terminal.ts); when stdout is what
 * failed, the sentence is on stderr. `code` is that of a SealtrailError or of the system (ENOENT), the name of
 * the signal that stopped the command, or UsageInvalid. Exit codes: 0 done, 1 failed, 2 used wrongly, 3 refused
 * because stored bytes, key or context do not fit.
 *
 * @module
 */
import { CommanderError } from 'commander'
import { isSealtrailError, type SealtrailError } from '../../errors.js'
import type { Terminal } from './terminal.js'

export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3 } as const
/** Faults that another command line, or another setting, would not have. */
const USAGE_CODES: readonly string[] = [
  ...['ConfigInvalid', 'InputInvalid', 'ValidationException'],
  ...['InvalidArgument', 'InvalidBucketName', 'InvalidRequest'],
]

interface Failure {
  readonly code: string
  readonly message: string
  readonly sentence: string
  readonly exit: number
}

/** Says why, and gives the exit code that fits. */
export async function explain(error: unknown, terminal: Terminal): Promise<number> {
  const { code, message, sentence, exit } = failureOf(error)
  const isTold =
    terminal.isJson &&
    (await terminal.printLine(JSON.stringify({ error: { code, message } })).then(
      () => true,
      () => false,
    ))
  if (!isTold) terminal.note(sentence)
  return exit
}

function failureOf(error: unknown): Failure {
  if (error instanceof CommanderError) {
    const message = usageOf(error)
    return { code: 'UsageInvalid', message, sentence: message, exit: EXIT.usage }
  }
  if (!isSealtrailError(error)) {
    const { code, message, sentence } = systemFailure(error)
    return { code, message, sentence, exit: EXIT.failed }
  }
  const { code, fault } = error
  const message = adviceFor(error)
  const isUnfit = fault === 'integrity' || code === 'InvalidCiphertextException'
  const exit = USAGE_CODES.includes(code) ? EXIT.usage : isUnfit ? EXIT.refused : EXIT.failed
  return { code, message, sentence: `${message} (${code})`, exit }
}

/** Commander's text, without its prefix and on one line. */
function usageOf({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'a command is missing: --help lists them'
  return message.replace(/^error: /, '').replaceAll('\n', ' ')
}

/** The system's own errors, such as of a file that is not there, say it all; of others the name helps. */
function systemFailure(error: unknown): Pick<Failure, 'code' | 'message' | 'sentence'> {
  if (!(error instanceof Error)) return systemFailure(new Error(String(error)))
  const { name, message, code = name } = error as NodeJS.ErrnoException
  return { code, message, sentence: name === 'Error' ? message : `${name}: ${message}` }
}

/** What happened, and what to do where the error leaves that open. */
function adviceFor({ code, message }: SealtrailError): string {
  switch (code) {
    case 'InvalidCiphertextException':
      // One sentence whatever did not fit, as everywhere.
      return message || 'the key, the context or the bytes do not fit'
    case 'StoreInUse':
      return `${message}: stop it, ask it with an AWS client, or name another --data-dir`
    default:
      return message || 'failed'
  }
}
