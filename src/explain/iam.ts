/**
 * What operations of IAM and STS ask, without doing anything.
 *
 * @module
 */
import { SealtrailError } from '../errors.js'
import { excerpt } from '../excerpt.js'
import { iamFact } from '../iam/facts.js'
import type { Principals } from '../iam/principals/principals.js'
import { checkTrust } from '../iam/sts/trust.js'
import type { Question } from './question.js'

const ARN = /^arn:[a-z-]+:iam::(\d{12}):(\w+)(\/(?:.*\/)?)([^/]*)$/
/** As much as is wanted of any session; the rest are facts. */
const WANTED = { externalId: undefined, transitiveKeys: [] }

/** @throws SealtrailError `InputInvalid` */
export function askIam(principals: Principals, question: Question, arn: string): void {
  const [, account, kind, path, name = ''] = ARN.exec(arn) ?? []
  if (account === undefined && arn !== '*') {
    throw new SealtrailError('InputInvalid', `${excerpt(arn)} is no ARN of IAM, nor *`)
  }
  const things = account === undefined ? undefined : principals.account(account)
  const names = {
    ...{ user: things?.users, role: things?.roles },
    ...{ group: things?.groups, policy: things?.policies },
  }
  const found = names[kind as keyof typeof names]?.find(name)
  const thing = found?.path === path ? found : undefined
  question.may({
    action: `iam:${question.operation}`,
    owner: account ?? question.caller.account,
    ...{ arn, tags: thing?.tags },
    fact: (key) => iamFact(question, things, thing, key),
  })
}

/** @throws SealtrailError `InputInvalid`, `NoSuchEntityException` */
export function askSts(principals: Principals, question: Question, arn: string): void {
  const { caller, action, operation } = question
  if (operation === 'GetFederationToken') {
    question.may({ action, arn, owner: caller.account })
    return
  }
  const [, account, kind, path, name = ''] = ARN.exec(arn) ?? []
  if (account === undefined || kind !== 'role') {
    throw new SealtrailError('InputInvalid', `${excerpt(arn)} is no ARN of a role`)
  }
  const role = principals.account(account).roles.find(name)
  if (role?.path !== path || role === undefined) {
    throw new SealtrailError('NoSuchEntityException', `${excerpt(arn)} is not there.`)
  }
  if (caller.identity.type === 'Root') {
    throw new SealtrailError('InputInvalid', 'no root can take on a role, whatever policies say')
  }
  const sourceIdentity = action === 'sts:SetSourceIdentity' ? '' : undefined
  const wanted = { ...WANTED, sessionName: 'explained', sourceIdentity }
  checkTrust(question, role, wanted, action === 'sts:TagSession')
}
