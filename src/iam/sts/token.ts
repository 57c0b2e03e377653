/**
 * Session tokens: a session as a text that only we can make or read.
 *
 *     base64( "sess" | version, suite | root id | nonce | commitment | JSON, encrypted | tag )
 *
 * Sealed under the session key, which comes from the root key; the access key id is its context, so that a token opens
 * for the id that it was made for and no other. There is no secret in it: that follows from the id and the root key.
 * Source: docs/FORMAT.md §9.
 *
 * @module
 */
import { BLOB_BYTES_MAX, BLOB_OVERHEAD_BYTES } from '../../engine/engine.js'
import { isSealtrailError } from '../../errors.js'
import type { Root } from '../../root/root.js'
import type { Session } from './session.js'

const TEXT_BYTES_MAX = BLOB_BYTES_MAX - BLOB_OVERHEAD_BYTES
/** In base64. */
const TOKEN_CHARACTERS_MAX = Math.ceil(BLOB_BYTES_MAX / 3) * 4

type SessionKey = Pick<Root, 'sessionKey'>

/** How much of the room for a session it takes; more than 100 does not fit. */
export function packedPercent(session: Session): number {
  return Math.ceil((100 * textOf(session).length) / TEXT_BYTES_MAX)
}

export function sealToken(
  { sessionKey }: SessionKey,
  session: Session,
  accessKeyId: string,
): string {
  const sealed = sessionKey.wrapSecret(textOf(session), contextOf(accessKeyId))
  return Buffer.from(sealed.buffer).toString('base64')
}

/** Undefined for what is no token of this key id; whether it is still good is asked elsewhere. */
export function openToken(
  { sessionKey }: SessionKey,
  token: string,
  accessKeyId: string,
): Session | undefined {
  if (token.length > TOKEN_CHARACTERS_MAX) return undefined
  const sealed = Buffer.from(token, 'base64')
  // One token has one spelling.
  if (sealed.length > BLOB_BYTES_MAX || sealed.toString('base64') !== token) return undefined
  try {
    return sessionOf(sessionKey.unwrapSecret(sealed, contextOf(accessKeyId)))
  } catch (error) {
    if (isSealtrailError(error, 'RootKeyUnusable')) return undefined
    throw error
  }
}

function contextOf(accessKeyId: string): { readonly 'sealtrail:session': string } {
  return { 'sealtrail:session': accessKeyId }
}

interface Text {
  readonly of: Session['of']
  readonly account: string
  readonly id: string
  readonly name?: string
  readonly from: number
  readonly until: number
  readonly tags?: ReadonlyArray<readonly [key: string, value: string]>
  readonly transitive?: readonly string[]
  readonly source?: string
  readonly policy?: string
  readonly policies?: readonly string[]
}

/** What is empty is left out. */
function textOf(session: Session): Uint8Array {
  const { of, account, id, name, sourceIdentity, policy } = session
  const { tags, transitiveKeys, policyIds } = session
  const text: Text = {
    ...{ of, account, id },
    ...(name === '' ? {} : { name }),
    ...{ from: session.issuedAt / 1000, until: session.expiresAt / 1000 },
    ...(tags.length === 0 ? {} : { tags: tags.map(({ Key, Value }) => [Key, Value] as const) }),
    ...(transitiveKeys.length === 0 ? {} : { transitive: transitiveKeys }),
    ...(sourceIdentity === undefined ? {} : { source: sourceIdentity }),
    ...(policy === undefined ? {} : { policy }),
    ...(policyIds.length === 0 ? {} : { policies: policyIds }),
  }
  return Buffer.from(JSON.stringify(text))
}

/** Only we have written it. */
function sessionOf(bytes: Uint8Array): Session {
  const text = JSON.parse(Buffer.from(bytes.buffer).toString()) as Text
  const { of, account, id, name = '', tags = [], transitive = [], source, policy } = text
  return {
    ...{ of, account, id, name },
    issuedAt: text.from * 1000,
    expiresAt: text.until * 1000,
    tags: tags.map(([Key, Value]) => ({ Key, Value })),
    transitiveKeys: transitive,
    sourceIdentity: source,
    policy,
    policyIds: text.policies ?? [],
  }
}
