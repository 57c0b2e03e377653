/**
 * Whom a grant names: the ARN of a principal, or the name of an AWS service.
 *
 *     arn:aws:iam::111122223333:root                       an account
 *     arn:aws:iam::111122223333:user/path/Alice            a user
 *     arn:aws:iam::111122223333:role/path/Writer           a role, in all its sessions
 *     arn:aws:sts::111122223333:assumed-role/Writer/one    one session of a role
 *     arn:aws:sts::111122223333:federated-user/Bob         a federated user
 *     logs.example.amazonaws.com                           an AWS service
 *
 * Form only: whether a principal exists is not asked. Source: AWS KMS API reference, CreateGrant; IAM user guide, "IAM
 * ARNs".
 *
 * @module
 */
import { partitionOf } from '../../aws/arn.js'
import { SealtrailError } from '../../errors.js'
import { excerpt } from '../../excerpt.js'
import type { Caller } from '../../service/caller.js'

const PRINCIPAL =
  /^arn:(aws[a-z-]*):(?:iam::(\d{12}):(?:root|(?:user|role)\/(?:[^:/]+\/)*[^:/]+)|sts::(\d{12}):(?:assumed-role\/[^:/]+\/[^:/]+|federated-user\/[^:/]+))$/

/**
 * The account of a principal.
 * @throws SealtrailError `InvalidArnException` for what is no principal's ARN in the partition of `region`.
 */
export function accountOfPrincipal(arn: string, region: string): string {
  const [, partition, iam, sts] = PRINCIPAL.exec(arn) ?? []
  const account = iam ?? sts
  if (account !== undefined && partition === partitionOf(region)) return account
  throw noSuchPrincipal(arn)
}

/** AWS has one answer for what is no name, and for the name of nobody. */
export function noSuchPrincipal(arn: string): SealtrailError {
  const says = `ARN does not refer to a valid principal: ${excerpt(arn)}`
  return new SealtrailError('InvalidArnException', says)
}

export function isService(principal: string): boolean {
  return !principal.startsWith('arn:')
}

/**
 * The names by which a grant may mean the caller. The account that a user or a role belongs to is not among them: what
 * is granted to an account is its own to give on.
 */
export function principalsOf({ identity }: Caller): readonly string[] {
  const { type, arn, invokedBy, sessionContext } = identity
  if (type === 'AWSService') return invokedBy === undefined ? [] : [invokedBy]
  if (arn === undefined) return []
  const role = type === 'AssumedRole' ? sessionContext?.sessionIssuer?.arn : undefined
  return role === undefined ? [arn] : [arn, role]
}
