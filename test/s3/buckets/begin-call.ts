/** A call of an operation that has begun, for what is asked in the midst of one. */
import { type InputOf, type OperationName, S3_API } from '../../../src/s3/model.js'
import type { Caller } from '../../../src/service/caller.js'
import { Call } from '../../../src/service/calls/call.js'
import type { CallContext } from '../../../src/service/calls/call-context.js'
import { valuesOf } from '../../../src/service/service.js'
import type { BucketsHouse } from './buckets-house.js'

export function beginCall<Name extends OperationName>(
  { parts }: BucketsHouse,
  name: Name,
  input: InputOf<Name>,
  caller: Caller,
  more: Partial<CallContext> = {},
): Call {
  const facts = {
    ...{ eventSource: 's3.amazonaws.com', internalFault: 'InternalError', isGlobal: false },
    ...{ operation: S3_API.operation(name)!, isReadOnly: true },
  }
  const context = {
    ...{ caller, requestId: crypto.randomUUID(), sourceIpAddress: '192.0.2.1' },
    ...{ userAgent: 'test', ...more },
  }
  const call = new Call(facts, context, parts)
  call.takes(valuesOf(input)(call.shape))
  return call
}
