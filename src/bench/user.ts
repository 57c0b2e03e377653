/**
 * Who makes the calls of benches: a user of IAM whom a policy allows what he does, and no more.
 *
 * @module
 */
import { randomId } from '../bytes/random.js'
import type { Caller } from '../service/caller.js'

export const BENCH_ACCOUNT = '000000000000'
export const BENCH_REGION = 'us-east-1'
export const BENCH_KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab'
const NAME = 'bench'
const USER_ID = 'AIDAEXAMPLEBENCH00001'

const POLICY = {
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Action: [
      ...['kms:GenerateDataKey', 'kms:Decrypt', 'kms:Sign', 'kms:Verify'],
      ...['kms:GenerateMac', 'kms:VerifyMac'],
    ],
    Resource: '*',
  },
}

/** For calls in this process. */
export function benchUser(): Caller {
  const bound = {
    tags: [],
    identityPolicies: [{ name: NAME, text: JSON.stringify(POLICY), version: 1 }],
    boundary: undefined,
  }
  return {
    ...{ account: BENCH_ACCOUNT, region: BENCH_REGION },
    identity: {
      ...{ type: 'IAMUser', principalId: USER_ID, userName: NAME, accountId: BENCH_ACCOUNT },
      arn: `arn:aws:iam::${BENCH_ACCOUNT}:user/${NAME}`,
    },
    policies: () => bound,
  }
}

export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Nobody else on this machine is to know it. */
export function newAccessKey(): AccessKey {
  const random = () => randomId().replaceAll('-', '')
  return {
    accessKeyId: `AKIA${random().slice(0, 16).toUpperCase()}`,
    secretAccessKey: `${random()}${random()}`.slice(0, 40),
  }
}

/** A house with the user, his access key, and a KMS key: a seed (docs/SEED.md). */
export function seedWith(accessKey: AccessKey): object {
  return {
    accounts: [
      {
        account: BENCH_ACCOUNT,
        users: [{ name: NAME, accessKeys: [accessKey], inlinePolicies: { [NAME]: POLICY } }],
      },
    ],
    keys: [{ account: BENCH_ACCOUNT, region: BENCH_REGION, keyId: BENCH_KEY_ID }],
  }
}
