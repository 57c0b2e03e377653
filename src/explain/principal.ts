/**
 * Whoever an explanation is about, by his ARN, as if he called.
 *
 *     arn:aws:iam::111122223333:root                       the root of an account
 *     arn:aws:iam::111122223333:user/path/alice            a user
 *     arn:aws:iam::111122223333:role/path/writer           a session of a role
 *     arn:aws:sts::111122223333:assumed-role/writer/one    a session of a role, by its name
 *     logs.amazonaws.com                                   an AWS service
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { excerpt } from '../excerpt.js'
import type { Principals } from '../iam/principals/principals.js'
import { arnOfNamed, type Role, type User } from '../iam/principals/things.js'
import { identityOf, PLAIN, type Session } from '../iam/sts/session.js'
import { accountRoot, type Caller } from '../service/caller.js'

const ARN =
  /^arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):(root|(user|role|assumed-role)(\/(?:[^:]*\/)?)([^:/]+))$/
const SERVICE = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/
const SESSION = 'explained'

export interface Where {
  readonly region: string
  /** Whose resource is used, in whose name a service calls. */
  readonly owner: string
  readonly sourceArn: string | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** @throws SealtrailError `InputInvalid`, `NoSuchEntityException` */
export function callerNamed(principals: Principals, named: string, where: Where): Caller {
  const { region, owner, sourceArn, now } = where
  const source = sourceArn === undefined ? {} : { sourceArn }
  const [, account, resource, kind, path = '', name = ''] = ARN.exec(named) ?? []
  if (account === undefined) {
    if (!SERVICE.test(named)) {
      const says = `${excerpt(named)} is neither the ARN of a principal nor the name of a service`
      throw new SealtrailError('InputInvalid', says)
    }
    return {
      ...{ account: owner, region, ...source },
      identity: { type: 'AWSService', invokedBy: named },
    }
  }
  if (resource === 'root') return { ...accountRoot(account, region), ...source }
  const things = principals.account(account)
  const entity =
    kind === 'user'
      ? things.users.find(name)
      : things.roles.find(kind === 'role' ? name : path.slice(1, -1))
  if (entity === undefined || (kind !== 'assumed-role' && entity.path !== path)) {
    throw new SealtrailError('NoSuchEntityException', `${excerpt(named)} is not there.`)
  }
  const policies = () => principals.policiesOf(account, entity.id)
  const identity =
    entity.kind === 'user'
      ? userIdentity(entity, region)
      : sessionIdentity(entity, region, kind === 'role' ? SESSION : name, now)
  return { account, region, ...source, identity, policies }
}

function userIdentity(user: User, region: string): Caller['identity'] {
  const { id, account, name } = user
  const arn = arnOfNamed(user, region)
  return { type: 'IAMUser', principalId: id, arn, accountId: account, userName: name }
}

/** Of a session without policies and tags of its own. */
function sessionIdentity(
  role: Role,
  region: string,
  name: string,
  now: number,
): Caller['identity'] {
  const { account, id } = role
  const session: Session = {
    ...{ ...PLAIN, of: 'role', account, id, name },
    ...{ issuedAt: now, expiresAt: now },
  }
  return identityOf(session, role, '', region)
}
