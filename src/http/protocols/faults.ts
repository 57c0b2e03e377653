/**
 * What a failure is to a client, before a protocol gives it its form: HTTP status, error name, message.
 *
 * A client's mistake is told with its message; what went wrong in here is told as an internal error, and said in the
 * log (log.ts). Names that AWS has stand in errors.ts.
 *
 * @module
 */
import { type FaultCode, isSealtrailError, isTold } from '../../errors.js'
import type { Answer } from '../received.js'

export interface Fault {
  readonly status: number
  readonly name: string
  /** Empty: there is none. */
  readonly message: string
}

/** Status and name where a protocol does not say what it says of all others. */
export type FaultTable = Readonly<
  Partial<Record<FaultCode, { readonly status: number; readonly name?: string }>>
>

/** Codes of ours that a request can run into. */
const OURS: FaultTable = {
  InputTooLarge: { status: 413, name: 'RequestEntityTooLargeException' },
  InputTooSlow: { status: 408, name: 'RequestTimeoutException' },
  Closed: { status: 503, name: 'ServiceUnavailableException' },
}

const INTERNAL =
  'The request could not be carried out because of an internal error; it can be retried.'
/** A failed decrypt says nothing, so that nothing can be learned from it. */
const WITHOUT_MESSAGE: ReadonlySet<FaultCode> = new Set(['InvalidCiphertextException'])
const RETRY_AFTER_SECONDS = 1

/** @param internalName what an internal error is called; its status is 500. */
export function faultOf(error: unknown, table: FaultTable, internalName: string): Fault {
  if (isSealtrailError(error) && (isTold(error) || error.code in OURS)) {
    const { code, message } = error
    const { status, name = code } = table[code] ?? OURS[code] ?? { status: 400 }
    return { status, name, message: WITHOUT_MESSAGE.has(code) ? '' : message }
  }
  return { status: 500, name: internalName, message: INTERNAL }
}

/** An answer of one text, with the headers that its status asks for. */
export function textAnswer(status: number, contentType: string, body: string): Answer {
  const headers = ['Content-Type', contentType]
  if (status === 503) headers.push('Retry-After', String(RETRY_AFTER_SECONDS))
  return { status, headers, body }
}
