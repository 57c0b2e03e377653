/**
 * What every operation refuses in the same words.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { overQuota } from '../service/over-quota.js'

/** Thrown after every check, in place of the answer. */
export function dryRun(): SealtrailError {
  const says = 'The request would have succeeded, but the DryRun option is set.'
  return new SealtrailError('DryRunOperationException', says)
}

/** Of whoever calls too often, or so that too much of `quota` is taken. */
export function throttled(quota: string): SealtrailError {
  const says =
    'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.'
  return overQuota(says, quota)
}

/** Of what is asked only of keys of another origin. */
export function refuseOrigin(key: { readonly arn: string; readonly origin: string }) {
  return unsupported(`${key.arn} origin is ${key.origin} which is not valid for this operation.`)
}

export function unsupported(message: string): SealtrailError {
  return new SealtrailError('UnsupportedOperationException', message)
}

export function invalid(message: string): SealtrailError {
  return new SealtrailError('ValidationException', message)
}
