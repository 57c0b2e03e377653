/**
 * What a wire protocol of AWS's does: which operation a request asks for, its input, and the form of every answer.
 *
 * Driven by the API model (aws/), so that a protocol knows no service and a service no protocol.
 *
 * @module
 */
import type { Operation } from '../../aws/model.js'
import type { Taken } from '../../aws/take.js'
import type { Answer, Received } from '../received.js'

/** A request taken apart. */
export interface TakenApart {
  /** Empty when there is none, which is an operation that nobody has. */
  readonly operation: string
  /** @throws SealtrailError `SerializationException`, `ValidationException` */
  read(operation: Operation): Taken
}

export interface Protocol {
  /** True when a request is in this protocol's form, for a service that it was made for. */
  speaks(request: Received): boolean
  /** The operation for logs, as far as it is known before the body is read: bounded and printable. */
  label(request: Received): string
  /** @throws SealtrailError when it cannot be told what is asked for. */
  takeApart(request: Received, body: Buffer): TakenApart
  write(operation: Operation, output: object, request: Received): Answer
  fault(error: unknown, request: Received): Answer
}
