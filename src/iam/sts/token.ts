/**
 * Session tokens: a session as a text that only we can make or read.
 *
 * JSON, sealed for the access key id (root/sealed-text.ts), so that a token opens for the id that it was made for and no
 * other. There is no secret in it: that follows from the id and the root key. Source: docs/FORMAT.md §9.
 *
 * @module
 */
import type { Root } from '../../root/root.js'
import { SEALED_TEXT_BYTES_MAX } from '../../root/sealed-text.js'
import type { Session } from './session.js'

/** How much of the room for a session it takes; more than 100 does not fit. */
export function packedPercent(session: Session): number {
  return Math.ceil((100 * Buffer.byteLength(textOf(session))) / SEALED_TEXT_BYTES_MAX)
}

export function sealToken(
  root: Pick<Root, 'sealText'>,
  session: Session,
  accessKeyId: string,
): string {
  return root.sealText(purposeOf(accessKeyId), textOf(session))
}

/** Undefined for what is no token of this key id; whether it is still good is asked elsewhere. */
export function openToken(
  root: Pick<Root, 'openText'>,
  token: string,
  accessKeyId: string,
): Session | undefined {
  const text = root.openText(purposeOf(accessKeyId), token)
  return text === undefined ? undefined : sessionOf(text)
}

function purposeOf(accessKeyId: string): string {
  return `session ${accessKeyId}`
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
function textOf(session: Session): string {
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
  return JSON.stringify(text)
}

/** Only we have written it. */
function sessionOf(json: string): Session {
  const text = JSON.parse(json) as Text
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
