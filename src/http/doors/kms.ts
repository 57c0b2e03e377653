/**
 * AWS KMS behind AWS JSON 1.1: `POST /` with `X-Amz-Target: TrentService.<Operation>`.
 *
 * Parsed once here, typed from here on; what the operations do is in kms/. Plaintext that crosses this door
 * is wiped, in requests and answers. That of a request was JSON text before, a string which nothing can wipe.
 *
 * @module
 */

import type { CallContext } from '../../kms/call.js'
import { readInput, writeOutput } from '../../kms/wire.js'
import type { Caller } from '../../service/caller.js'
import { JSON_TYPE, jsonFault } from '../faults.js'
import { parseJson } from '../protocols/json-text.js'
import type { Answer, Door, Received } from '../received.js'

/** What this door asks of the key service. */
export interface KmsCalls {
  call(operation: string, input: object, context: CallContext): Promise<object | undefined>
}

export const KMS_TARGET = 'TrentService.'
const USER_AGENT_CHARACTERS_MAX = 1024

export function kmsDoor(kms: KmsCalls): Door {
  return {
    rules: { service: 'kms', pathEncoding: 'twice', unsignedPayload: false },
    operationOf,
    fault: jsonFault,
    async answer(request, body, caller) {
      const operation = operationOf(request)
      const input = readInput(operation, parseJson(body))
      try {
        const output = await kms.call(operation, input, contextOf(request, caller))
        return answerOf(operation, output)
      } finally {
        wipePlaintext(input)
      }
    },
  }
}

/** Empty when there is none; an empty operation is an unknown one. */
function operationOf({ method, headers }: Received): string {
  const target = headers.get('x-amz-target') ?? ''
  const isCall = method === 'POST' && target.startsWith(KMS_TARGET)
  const operation = isCall ? target.slice(KMS_TARGET.length) : ''
  return /^[A-Za-z]{1,64}$/.test(operation) ? operation : ''
}

function contextOf(request: Received, caller: Caller): CallContext {
  const userAgent = request.headers.get('user-agent') ?? ''
  return {
    caller,
    requestId: request.requestId,
    sourceIpAddress: request.sourceIpAddress,
    userAgent: userAgent.slice(0, USER_AGENT_CHARACTERS_MAX),
  }
}

function answerOf(operation: string, output: object | undefined): Answer {
  try {
    return { status: 200, contentType: JSON_TYPE, body: writeOutput(operation, output) }
  } finally {
    if (output !== undefined) wipePlaintext(output)
  }
}

function wipePlaintext({ Plaintext }: { readonly Plaintext?: unknown }): void {
  if (Plaintext instanceof Uint8Array) Plaintext.fill(0)
}
