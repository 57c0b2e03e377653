/** Who a policy named when it was saved, by unique id. */
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/policy/decide.js'
import { type Directory, principalIdsIn, shownText } from '../../src/policy/grammar/identified.js'
import { parsePolicy } from '../../src/policy/policy.js'
import type { Requester } from '../../src/policy/request.js'

const ACCOUNT = '111122223333'
const ALICE = `arn:aws:iam::${ACCOUNT}:user/alice`
const WRITER = `arn:aws:iam::${ACCOUNT}:role/writer`
const IDS = [
  [ALICE, 'AIDAALICE'],
  [WRITER, 'AROAWRITER'],
] as const

const text = JSON.stringify({
  Version: '2012-10-17',
  Statement: {
    ...{ Effect: 'Allow', Principal: { AWS: [ALICE, WRITER] } },
    ...{ Action: 'kms:Decrypt', Resource: '*', Condition: { StringLike: { 'aws:x': ALICE } } },
  },
})

function decisionFor(who: Partial<Requester>): string {
  const { decision } = decide({
    principal: { type: 'User', account: ACCOUNT, arn: ALICE, ...who },
    ...{ action: 'kms:Decrypt', resource: 'arn:aws:kms:eu-west-1:1:key/k', owner: ACCOUNT },
    identityPolicies: [],
    resourcePolicy: parsePolicy(text, 'key', 'default', IDS),
    fact: () => [ALICE],
  })
  return decision
}

const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/writer/one`
const session = { type: 'RoleSession', arn: SESSION, issuer: WRITER } as const

describe('a policy that knows the ids of whom it names', () => {
  it.each([
    ['he himself', { id: 'AIDAALICE' }, 'allow'],
    ['he himself under another name', { id: 'AIDAALICE', arn: `${ALICE}2` }, 'allow'],
    ['another under his name', { id: 'AIDAOTHER' }, 'implicitDeny'],
    ['one of his name without an id, for whom a program vouches', {}, 'allow'],
    ['a session of the role', { ...session, issuerId: 'AROAWRITER' }, 'allow'],
    ['a session of another role of its name', { ...session, issuerId: 'AROA2' }, 'implicitDeny'],
  ])('decides by id about %s', (_who, who, decision) => {
    expect(decisionFor(who)).toBe(decision)
  })
})

describe('the policy as it is shown', () => {
  const directory = (names: Readonly<Record<string, string>>): Directory => ({
    isThere: (arn) => arn in names,
    idOf: (arn) => names[arn],
    nameOf: (id, arn) => (names[arn] === id ? arn : id),
  })
  const names = Object.fromEntries(IDS)

  it('names those who are there', () => {
    const policy = parsePolicy(text, 'key', 'default')
    expect(principalIdsIn(policy, directory(names))).toEqual(IDS)
    expect(principalIdsIn(policy, directory({}))).toEqual([])
    expect(shownText(text, IDS, directory(names))).toBe(text)
  })

  it('has the id of whom there is no more, and his ARN where it names nobody', () => {
    const shown = JSON.parse(shownText(text, IDS, directory({ [WRITER]: 'AROAWRITER' })))
    expect(shown.Statement.Principal).toEqual({ AWS: ['AIDAALICE', WRITER] })
    expect(shown.Statement.Condition).toEqual({ StringLike: { 'aws:x': ALICE } })
  })
})
