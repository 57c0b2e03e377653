/** A house whose every operation is called by its name, with the good inputs of test/support/kms-inputs.mjs. */
import { JSON_VALUES } from '../../src/aws/forms/json.js'
import { take } from '../../src/aws/take.js'
import { caller, type TestKms } from '../support/kms.js'
import type { HouseCall } from '../support/kms-inputs.mjs'

/** Calls made as over HTTP, with bytes as base64; answers as they leave the operation. */
export function callsOf({ service }: Pick<TestKms, 'service'>): HouseCall {
  return (operation, given) => {
    const input = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, asJson(value)]),
    )
    const context = {
      ...{ caller, requestId: '00000000-0000-4000-8000-000000000000' },
      ...{ sourceIpAddress: '192.0.2.7', userAgent: 'a client' },
    }
    return service.call(operation, (shape) => take(shape.input, input, JSON_VALUES), context)
  }
}

function asJson(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}
