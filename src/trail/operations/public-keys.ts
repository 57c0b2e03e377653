/**
 * The public keys that digests of a region are verified with.
 *
 * All in one page: the AWS CLI reads the first only. Source: AWS CloudTrail API reference, ListPublicKeys.
 *
 * @module
 */
import type { Call } from '../../service/calls/call.js'
import type { InputOf } from '../model.js'
import type { TrailParts } from '../parts.js'
import { refused } from '../refusals.js'
import { mayInAccount } from './find-trail.js'

export async function listPublicKeys(
  parts: TrailParts,
  call: Call,
  input: InputOf<'ListPublicKeys'>,
): Promise<object> {
  mayInAccount(call)
  if (input.NextToken !== undefined) {
    throw refused('InvalidTokenException', 'The token is not valid.')
  }
  const now = parts.clock.now()
  const { StartTime, EndTime } = input
  const from = StartTime?.getTime() ?? (EndTime === undefined ? now : 0)
  const until = EndTime?.getTime() ?? Math.max(now, from)
  if (from > until) {
    const says = 'The time range is not valid: StartTime is later than EndTime.'
    throw refused('InvalidTimeRangeException', says)
  }
  const PublicKeyList = parts.signingKeys
    .publicKeys(call.caller.region, from, until)
    .map((key) => ({
      Value: key.publicKey.slice(),
      ValidityStartTime: new Date(key.validFrom),
      ValidityEndTime: new Date(key.validUntil),
      Fingerprint: key.fingerprint,
    }))
  await call.succeed()
  return { PublicKeyList }
}
