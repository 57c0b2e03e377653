/**
 * What does it cost to ask whether a caller may use a key?
 *
 * On the way to a key, of a key in memory: its policy, the caller's policies, 20 grants. The goal is 3 µs. Decisions that
 * depend on nothing but caller, key and operation are remembered; those with conditions are made each time. `nothing
 * asked` is what the call and the wait cost alone.
 */

import type { Grant } from '../../src/kms/grants/grant.js'
import { KeyGrants } from '../../src/kms/grants/key-grants.js'
import type { KmsKey } from '../../src/kms/keys/key.js'
import type { CachedKey } from '../../src/kms/keys/material.js'
import { defaultPolicy } from '../../src/kms/keys/policy.js'
import { KMS_API } from '../../src/kms/model/kms.js'
import type { Parts } from '../../src/kms/parts.js'
import { mayUse } from '../../src/kms/use/may-use.js'
import { accountRoot, type Caller } from '../../src/service/caller.js'
import { Call } from '../../src/service/calls/call.js'
import type { CallContext } from '../../src/service/calls/call-context.js'
import type { PolicyDocument } from '../../src/service/policies.js'
import { contest } from '../support/contest.js'
import { stayOnOneCore } from '../support/machine.js'

const PLACE = { account: '111122223333', region: 'eu-west-1' }
const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab'
const ANN = 'arn:aws:iam::111122223333:user/ann'
const CONTEXT = { App: 'logs', 'aws:s3:arn': 'arn:aws:s3:::logs/1' }
const GRANTS = 20

const key: KmsKey = {
  ...{ ...PLACE, keyId: KEY_ID, arn: `arn:aws:kms:eu-west-1:111122223333:key/${KEY_ID}` },
  ...{ createdAt: 0, description: '', keyState: 'Enabled', deletionAt: undefined },
  ...{ keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS' },
  ...{
    multiRegion: false,
    policy: defaultPolicy(PLACE),
    principals: [],
    currentMaterial: 1,
    shredId: '',
  },
  tags: [{ TagKey: 'Team', TagValue: 'audit' }],
}

const grant = (index: number): Grant => ({
  ...{ ...PLACE, keyId: KEY_ID, grantId: String(index).padStart(64, '0'), createdAt: 0 },
  ...{ name: undefined, retirer: undefined, issuer: PLACE.account },
  grantee: index < GRANTS / 2 ? `${ANN}${index}` : ANN,
  operations: ['Encrypt', 'Decrypt', 'GenerateDataKey'],
  // The last of them lets it through.
  constraints: { EncryptionContextSubset: { App: index < GRANTS - 1 ? `${index}` : 'logs' } },
})
const grants = new KeyGrants(Array.from({ length: GRANTS }, (_, index) => grant(index)))
const cached = { key, grants } as unknown as CachedKey

function documentOf(statement: object): PolicyDocument {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  return { name: 'own', text, version: 1 }
}

function annWith(statement: object): Caller {
  const policies = {
    tags: [{ Key: 'Team', Value: 'audit' }],
    identityPolicies: [documentOf(statement)],
    boundary: undefined,
  }
  return {
    ...PLACE,
    identity: { type: 'IAMUser', arn: ANN, accountId: PLACE.account, userName: 'ann' },
    policies: () => policies,
  }
}

const allow = { Effect: 'Allow', Action: ['kms:Encrypt', 'kms:Decrypt'], Resource: '*' }
const Condition = {
  StringEquals: {
    'kms:EncryptionContext:App': 'logs',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the policy
    'aws:ResourceTag/Team': '${aws:PrincipalTag/Team}',
  },
}

const scenes: ReadonlyArray<readonly [title: string, caller: Caller]> = [
  ['default key policy, root', accountRoot(PLACE.account, PLACE.region)],
  ['default key policy, identity policy', annWith(allow)],
  ['default key policy, identity policy with conditions', annWith({ ...allow, Condition })],
  [
    'default key policy, identity policy about other keys, the last of 20 grants',
    annWith({ ...allow, Resource: 'arn:aws:kms:*:*:key/0*' }),
  ],
]

const facts = {
  ...{ eventSource: 'kms.amazonaws.com', internalFault: '', isGlobal: false, isReadOnly: true },
  operation: KMS_API.operation('Decrypt')!,
}
// Neither store nor clock is asked anything but the time.
const parts = { clock: { now: () => 0 } } as unknown as Parts
const meant = { ref: { ...PLACE, keyId: KEY_ID } }
const wanted = { context: CONTEXT, algorithm: 'SYMMETRIC_DEFAULT' }

stayOnOneCore()
for (const [title, caller] of scenes) {
  const context: CallContext = { caller, requestId: '', sourceIpAddress: '', userAgent: '' }
  const asking = async () => {
    await mayUse(parts, new Call(facts, context, parts), meant, cached, wanted)
  }
  const nothing = async () => {
    await notAsked(new Call(facts, context, parts))
  }
  await asking()
  const answer = () => new Uint8Array(0)
  await contest(
    { title: `may use a key with ${GRANTS} grants: ${title}`, baselines: ['nothing asked'] },
    [
      { name: 'asked', answer, run: asking },
      { name: 'nothing asked', answer, run: nothing },
    ],
  )
}

async function notAsked(call: Call): Promise<string> {
  return call.operation
}
