/**
 * What answers say of an object that will expire: `x-amz-expiration`.
 *
 * Source: Amazon S3 user guide, "How to view when an object will expire".
 *
 * @module
 */
import type { Bucket } from '../buckets/bucket.js'
import type { ObjectVersion } from '../objects/version.js'
import { expiryOf } from './due.js'
import { rulesOf } from './rules.js'

/** Nothing of older versions, and where no rule is. */
export function expirationMember(
  { config }: Bucket,
  version: ObjectVersion,
): { readonly Expiration?: string } {
  if (!version.isLatest || config.lifecycle === undefined) return {}
  const expiry = expiryOf(rulesOf(config), version)
  if (expiry === undefined) return {}
  const { at, rule } = expiry
  const date = new Date(at).toUTCString()
  return { Expiration: `expiry-date="${date}", rule-id="${encodeURIComponent(rule.id)}"` }
}
