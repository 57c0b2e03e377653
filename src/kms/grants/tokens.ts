/**
 * Grant tokens: what CreateGrant gives with a grant, a new one each time.
 *
 * With AWS, a token makes a new grant count before all of KMS knows of it. Here every grant counts at once, so that a
 * token in a call is looked at (is it one of ours?) and changes nothing; RetireGrant takes one in the place of key and
 * grant. It shows nothing of them to who has it: it is a sealed text (root/sealed-text.ts). Source: docs/FORMAT.md §4.3.
 *
 * @module
 */
import type { Place } from '../../aws/arn.js'
import { SealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'

/** Which grant a token means. */
export interface TokenGrant extends Place {
  readonly keyId: string
  readonly grantId: string
}

const PURPOSE = 'grant-token'

export function grantToken(root: Root, { account, region, keyId, grantId }: TokenGrant): string {
  return root.sealText(PURPOSE, `${account}/${region}/${keyId}/${grantId}`)
}

/** @throws SealtrailError `InvalidGrantTokenException` for what is no token of ours. */
export function openGrantToken(root: Root, token: string): TokenGrant {
  const [account, region, keyId, grantId] = root.openText(PURPOSE, token)?.split('/') ?? []
  if (account === undefined || region === undefined || !keyId || !grantId) {
    throw invalidGrantToken()
  }
  return { account, region, keyId, grantId }
}

export function invalidGrantToken(): SealtrailError {
  return new SealtrailError('InvalidGrantTokenException', 'The grant token is not valid.')
}

/** @throws SealtrailError `InvalidGrantTokenException` when one of them is no token of ours. */
export function checkGrantTokens(root: Root, tokens: readonly string[] | undefined): void {
  if (tokens === undefined) return
  for (const token of tokens) openGrantToken(root, token)
}
