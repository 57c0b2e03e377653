/**
 * What is logged of a request: its id, operation, caller, status and time; of our own trouble, where it was.
 *
 * Never bodies, headers, encryption contexts or secrets. An unexpected error is logged by its name and the
 * places in its stack: its message may quote what it was given. Lines are JSON, so that nothing in them can
 * break out of its line.
 *
 * @module
 */
import type { Writable } from 'node:stream'
import { pino } from 'pino'
import type { Config } from '../config.js'
import { isSealtrailError } from '../errors.js'
import { hintOf } from '../service/deciding/verdict.js'
import { LogOutput } from './log-output.js'

/** As pino's; a test may bring its own. */
export interface Logger {
  info(detail: object, message: string): void
  debug(detail: object, message: string): void
  error(detail: object, message: string): void
}

/** For who wants no log. */
export const silentLogger: Logger = { info() {}, debug() {}, error() {} }

export interface RequestLine {
  readonly requestId: string
  readonly operation: string
  /** ARN; empty until the caller is known. */
  readonly caller: string
  readonly status: number
  readonly ms: number
}

/** Writes lines to a file by its descriptor, or to a stream; `flush` before the process ends. */
export function openLog(
  level: Config['logLevel'],
  target: number | Writable,
): { logger: Logger; flush(): void } {
  const output = new LogOutput(target, (lost) => {
    logger.error({ lost }, 'log lines were lost: they could not be written')
  })
  const logger: Logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: [
        ...['Plaintext', 'PrivateKeyPlaintext', 'SharedSecret'],
        ...['authorization', 'secretAccessKey', 'sessionToken', 'body'],
      ],
    },
    output,
  )
  return { logger, flush: () => output.flush() }
}

const [TURNED_AWAY, NOT_SERVED] = [503, 501]

/** Whether an answer tells of something that went wrong in here. */
export function isTrouble(status: number): boolean {
  return status >= 500 && status !== TURNED_AWAY && status !== NOT_SERVED
}

export function logRequest(logger: Logger, line: RequestLine, error: unknown): void {
  const detail = { ...line, ms: Math.round(line.ms * 1000) / 1000 }
  if (line.status < 400) logger.info(detail, 'answered')
  else if (line.status === TURNED_AWAY)
    logger.debug({ ...detail, code: codeOf(error) }, 'turned away')
  else if (!isTrouble(line.status)) {
    const hint = hintOf(error)
    const why = hint === undefined ? {} : { hint }
    logger.info({ ...detail, code: codeOf(error), ...why }, 'refused')
  } else logger.error({ ...detail, ...troubleOf(error) }, 'failed')
}

/** Why somebody may not, where not every request has its line. Whoever called is told less. */
export function logDenial(
  logger: Logger,
  { requestId, operation, caller }: RequestLine,
  hint: string,
): void {
  logger.debug({ requestId, operation, caller, hint }, 'denied')
}

/** The system locks only so much memory for a process; keys beyond that may be swapped out. */
export function logLock(logger: Logger, isLocked: boolean): void {
  if (isLocked) logger.info({ keyMemory: 'locked' }, 'all keys lie in locked memory again')
  else logger.error({ keyMemory: 'unlocked' }, 'keys lie in memory that may be swapped out')
}

/** What may be said of an error that nobody expected; `depth` counts down its causes. */
export function troubleOf(error: unknown, depth = 4): object {
  if (!(error instanceof Error)) return { error: typeof error }
  const places = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))
  return {
    error: error.name,
    code: codeOf(error),
    // Our own messages hold no secrets (errors.ts); others' may.
    ...(isSealtrailError(error) ? { message: error.message, detail: error.detail } : {}),
    at: places.slice(0, 8).map((place) => place.trim()),
    ...(error.cause === undefined || depth === 0
      ? {}
      : { cause: troubleOf(error.cause, depth - 1) }),
  }
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}
