/** The condition keys that policies can ask of a call of IAM. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/clock.js'
import { openEngine } from '../../src/engine/choose.js'
import { createIam } from '../../src/iam/iam.js'
import { Principals } from '../../src/iam/principals/principals.js'
import { bindRoot, openRoot, type Root } from '../../src/root/root.js'
import { accountRoot, type Caller } from '../../src/service/caller.js'
import type { AwsService } from '../../src/service/service.js'
import { valuesOf } from '../../src/service/service.js'
import { openStore, type Store } from '../../src/store/store.js'
import { allow, outcome, userWith } from '../kms/bound.js'
import { temporaryFolder } from '../support/serve.js'
import { ACCOUNT, IAM_ARN, POLICY } from './iam-house.js'

const temporary = temporaryFolder('iam-conditions')
const LIMIT = `${IAM_ARN}:policy/limit`
const OTHER = `${IAM_ARN}:policy/other`
const DENIED = 'AccessDeniedException'

let store: Store
let root: Root
let service: AwsService

beforeAll(async () => {
  store = await openStore({ dataDir: join(temporary.path, 'data'), scribe: false })
  const path = join(temporary.path, 'root-key')
  root = await openRoot({ kind: 'file', path }, openEngine('node'))
  await bindRoot(store, root)
  const principals = await Principals.open(store, root)
  service = createIam({ store, clock: systemClock, root, principals })
  for (const PolicyName of ['limit', 'other']) {
    await call('CreatePolicy', { PolicyName, PolicyDocument: POLICY })
  }
  const Tags = [{ Key: 'Team', Value: 'audit' }]
  await call('CreateUser', { UserName: 'bound', PermissionsBoundary: LIMIT, Tags })
  await call('CreateUser', { UserName: 'free' })
})

afterAll(async () => {
  root.release()
  await store.close()
  temporary.remove()
})

function call(
  operation: string,
  input: object,
  caller: Caller = accountRoot(ACCOUNT, 'us-east-1'),
) {
  const context = { caller, requestId: 'r', sourceIpAddress: '127.0.0.1', userAgent: 'test' }
  return service.call(operation, valuesOf(input), context)
}

const put = (UserName: string) => ({ UserName, PolicyName: 'p', PolicyDocument: POLICY })
const attach = (PolicyArn: string) => ({ UserName: 'free', PolicyArn })
const made = (UserName: string, more: object) => ({ UserName, ...more })
const tagged = (Value: string) => ({ Tags: [{ Key: 'team', Value }] })

type Row = [condition: Record<string, unknown>, operation: string, meets: object, fails: object]
const ROWS: Row[] = [
  [{ 'iam:PolicyARN': LIMIT }, 'AttachUserPolicy', attach(LIMIT), attach(OTHER)],
  [{ 'iam:PermissionsBoundary': LIMIT }, 'PutUserPolicy', put('bound'), put('free')],
  [
    { 'iam:PermissionsBoundary': LIMIT },
    'CreateUser',
    made('one', { PermissionsBoundary: LIMIT }),
    made('two', { PermissionsBoundary: OTHER }),
  ],
  [{ 'iam:ResourceTag/team': 'audit' }, 'PutUserPolicy', put('bound'), put('free')],
  [{ 'aws:ResourceTag/TEAM': 'audit' }, 'PutUserPolicy', put('bound'), put('free')],
  [
    { 'aws:RequestTag/team': 'audit' },
    'TagUser',
    made('free', tagged('audit')),
    made('free', tagged('sales')),
  ],
  [
    { 'aws:TagKeys': 'team' },
    'UntagUser',
    made('free', { TagKeys: ['team'] }),
    made('free', { TagKeys: ['other'] }),
  ],
]

describe('a condition', () => {
  it.each(ROWS.map((row) => [JSON.stringify(row[0]), ...row] as const))(
    'on %s lets through what meets it, and nothing else',
    async (_, StringEquals, operation, meets, fails) => {
      const caller = userWith({ identity: [allow('iam:*', { Condition: { StringEquals } })] })
      expect(await outcome(call(operation, fails, caller))).toBe(DENIED)
      expect(await outcome(call(operation, meets, caller))).toBe('done')
    },
  )
})
