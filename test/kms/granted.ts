/** Callers of several accounts, and a key of one of them that the others are granted. */
import type { GrantOperation } from '../../src/kms/grants/grant.js'
import type { InputOf } from '../../src/kms/model/kms.js'
import { accountRoot, type Caller } from '../../src/service/caller.js'
import { REGION, type TestKms } from '../support/kms.js'

export const GUEST = '444455556666'
export const guest: Caller = accountRoot(GUEST, REGION)
export const GUEST_ARN = `arn:aws:iam::${GUEST}:root`
export const THIRD = '777788889999'
export const third: Caller = accountRoot(THIRD, REGION)
export const THIRD_ARN = `arn:aws:iam::${THIRD}:root`

/** A user of the guests' account. */
export const alice: Caller = {
  account: GUEST,
  region: REGION,
  identity: {
    type: 'IAMUser',
    principalId: 'AIDAALICE',
    arn: `arn:aws:iam::${GUEST}:user/people/Alice`,
    accountId: GUEST,
    userName: 'Alice',
  },
}

/** A session of a role of the guests' account. */
export const writer: Caller = {
  account: GUEST,
  region: REGION,
  identity: {
    type: 'AssumedRole',
    principalId: 'AROAWRITER:one',
    arn: `arn:aws:sts::${GUEST}:assumed-role/Writer/one`,
    accountId: GUEST,
    sessionContext: {
      sessionIssuer: {
        ...{ type: 'Role', principalId: 'AROAWRITER', accountId: GUEST, userName: 'Writer' },
        arn: `arn:aws:iam::${GUEST}:role/service/Writer`,
      },
      attributes: { creationDate: '2026-01-02T03:00:00Z', mfaAuthenticated: 'false' },
    },
  },
}

export const TRAIL = `arn:aws:cloudtrail:${REGION}:${GUEST}:trail/logs`

/** A service that calls on behalf of {@link TRAIL}. */
export const service: Caller = {
  account: GUEST,
  region: REGION,
  identity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' },
  sourceArn: TRAIL,
}

/** The ARN of a new key. */
export async function newKey({ kms }: TestKms): Promise<string> {
  return (await kms.createKey({})).KeyMetadata.Arn
}

/** A grant on `KeyId` that the account of the key makes; to the guests' account unless said. */
export async function granted(
  { kms }: TestKms,
  KeyId: string,
  Operations: readonly GrantOperation[],
  more: Partial<InputOf<'CreateGrant'>> = {},
) {
  const GranteePrincipal = more.GranteeServicePrincipal === undefined ? GUEST_ARN : undefined
  return await kms.createGrant({ KeyId, Operations, GranteePrincipal, ...more })
}

/** What `work` is refused with; `done` when it is not. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => 'done',
    (error: { code: string }) => error.code,
  )
}
