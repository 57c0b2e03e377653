/**
 * What the upstream did not do, in our words: which operation, on which object, and why, by AWS's code where it gave one.
 *
 * Of what the upstream answers only the code is taken: its texts may repeat what we signed.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import { objectDamaged } from '../../store/blobs/faults.js'
import type { Answer } from '../../wire/wire.js'

/** What was asked, as messages name it. */
export interface Asked {
  readonly operation: string
  /** Empty for the bucket itself. */
  readonly key: string
}

const CODE = /<Code>([A-Za-z0-9.]{1,64})<\/Code>/
const LOOKED_AT_BYTES = 4096

/** AWS's code; undefined when the answer has none. */
export function codeOf({ body }: Answer): string | undefined {
  return CODE.exec(body.toString('latin1', 0, LOOKED_AT_BYTES))?.[1]
}

export function reasonOf(answer: Answer): string {
  const code = codeOf(answer)
  return code === undefined ? `status ${answer.status}` : `${code}, status ${answer.status}`
}

export function upstreamFailed(
  { operation, key }: Asked,
  reason: string,
  cause?: unknown,
): SealtrailError {
  const says = `the upstream did not do ${operation}${key === '' ? '' : ` of ${key}`}: ${reason}`
  return new SealtrailError('StoreFailed', says, { operation, key }, { cause })
}

/** It is told apart from an upstream that cannot be asked: these bytes are not those that were put. */
export function damagedUpstream(key: string, offset: number, reason: string): SealtrailError {
  return objectDamaged(`upstream object ${key}`, offset, reason)
}
