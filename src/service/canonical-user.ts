/**
 * An account as S3 knows it: its canonical user id, 64 hex digits.
 *
 * AWS draws them at random; ours follow from the account, so that they are the same on every server. Nothing secret is in
 * them. Source: Amazon S3 user guide, "Finding the canonical user ID for your AWS account".
 *
 * @module
 */
import { hash } from 'node:crypto'

const NAMESPACE = 'sealtrail canonical user '

export function canonicalUserOf(account: string): string {
  return hash('sha256', NAMESPACE + account, 'hex')
}
