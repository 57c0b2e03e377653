/**
 * Who makes a simulated request: a user, a session of a role, or nobody in particular of an account.
 *
 * @module
 */
import type { Requester } from '../../policy/request.js'
import { invalidInput } from '../lookup.js'

const CALLER = /^(arn:aws[a-z-]*):iam::(\d{12}):(user|role)\/(?:.*\/)?([\w+=,.@-]+)$/

/** @throws SealtrailError `InvalidInputException` for what is no ARN of a user or role */
export function simulatedCaller(arn: string): Requester {
  const [, start, account = '', kind, name] = CALLER.exec(arn) ?? []
  if (kind === undefined) {
    throw invalidInput(`CallerArn ${arn} must be the ARN of an IAM user or role.`)
  }
  if (kind === 'user') return { type: 'User', account, arn }
  const session = `${start}:sts::${account}:assumed-role/${name}/simulated`
  return { type: 'RoleSession', account, arn: session, issuer: arn }
}

/** Whom no policy of a resource names. */
export function nobodyOf(account: string): Requester {
  return { type: 'User', account, arn: '' }
}
