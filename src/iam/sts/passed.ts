/**
 * What is passed with a session: policies that limit it, and tags; and how much room that takes.
 *
 * @module
 */
import { SealtrailError } from '../../errors.js'
import type { Principals } from '../principals/principals.js'
import { arnOfNamed } from '../principals/things.js'
import { invalid } from './refusals.js'
import type { Session } from './session.js'
import { packedPercent } from './token.js'

const POLICY_ARNS_MAX = 10

/** The ids of managed policies of `account`. @throws SealtrailError `ValidationException` */
export function passedPolicyIds(
  principals: Principals,
  { account, region }: { readonly account: string; readonly region: string },
  arns: ReadonlyArray<{ readonly arn?: string | undefined }> = [],
): string[] {
  if (arns.length > POLICY_ARNS_MAX) {
    throw invalid(`At most ${POLICY_ARNS_MAX} policy ARNs can be passed.`)
  }
  return arns.map(({ arn = '' }) => {
    const policy = principals.account(account).policies.find(arn.slice(arn.lastIndexOf('/') + 1))
    if (policy !== undefined && arnOfNamed(policy, region) === arn) return policy.id
    throw invalid(`Policy ${arn} does not exist or is not attachable.`)
  })
}

/**
 * PackedPolicySize, where anything is passed.
 * @throws SealtrailError `PackedPolicyTooLargeException` when the session does not fit a token
 */
export function packedSize(session: Session): { readonly PackedPolicySize?: number } {
  const { policy, policyIds, tags } = session
  const percent = packedPercent(session)
  if (percent <= 100) {
    return policy !== undefined || policyIds.length + tags.length > 0
      ? { PackedPolicySize: percent }
      : {}
  }
  const says =
    policy === undefined
      ? `Packed size of session tags consumes ${percent}% of allotted space.`
      : `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`
  throw new SealtrailError('PackedPolicyTooLargeException', says)
}
