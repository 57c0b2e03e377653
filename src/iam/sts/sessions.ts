/**
 * Sessions that are made and found again: from a token to the credential that signatures are verified with.
 *
 * Nothing of them is stored, so a start ends none. Tokens that were opened are kept for a while, the least used leave
 * first; only we make tokens, so nobody can push good ones out with others. A session has a caller as long as its role or
 * user is there, and may what that may now, within what was passed when it was made.
 *
 * @module
 */
import type { Clock } from '../../clock.js'
import type { Root } from '../../root/root.js'
import type { PolicyDocument, PrincipalPolicies } from '../../service/policies.js'
import { Credential } from '../../sigv4/credential.js'
import { Lru } from '../../store/keep/lru.js'
import { newSessionKeyId } from '../ids.js'
import type { Principals } from '../principals/principals.js'
import { defaultDocument, newDocument, type Role, type User } from '../principals/things.js'
import { identityOf, isOfRoot, type Session } from './session.js'
import { SessionTime } from './session-time.js'
import { openToken, sealToken } from './token.js'

/** Of up to 10 KiB. */
const KEPT_MAX = 4096

/** As STS answers them. */
export interface SessionCredentials {
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  readonly SessionToken: string
  readonly Expiration: Date
}

/** What root may, and a user whom it federates within the session's policies. */
const ROOT_POLICIES: PrincipalPolicies = {
  tags: [],
  identityPolicies: [
    newDocument(
      'root',
      JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
      }),
    ),
  ],
  boundary: undefined,
}

type Lasting = { readonly issuedAt: number; readonly expiresAt: number }

interface Kept {
  readonly token: string
  readonly session: Session
  /** Undefined for root. */
  readonly holder: Role | User | undefined
  readonly credential: Credential
}

interface SessionsParts {
  readonly root: Pick<Root, 'sealText' | 'openText' | 'sessionSecret'>
  readonly principals: Principals
  readonly clock: Clock
}

export class Sessions {
  readonly #root: SessionsParts['root']
  readonly #principals: Principals
  readonly #time: SessionTime
  readonly #kept = new Lru<Kept>(KEPT_MAX)

  constructor({ root, principals, clock }: SessionsParts) {
    this.#root = root
    this.#principals = principals
    this.#time = new SessionTime(clock)
  }

  /** From now on, in whole seconds. */
  lasting(seconds: number): Lasting {
    const issuedAt = Math.floor(this.#time.now() / 1000) * 1000
    return { issuedAt, expiresAt: issuedAt + seconds * 1000 }
  }

  /** `session` fits a token (packedPercent). */
  make(session: Session): SessionCredentials {
    const accessKeyId = newSessionKeyId()
    return {
      AccessKeyId: accessKeyId,
      SecretAccessKey: this.#root.sessionSecret(accessKeyId),
      SessionToken: sealToken(this.#root, session, accessKeyId),
      Expiration: new Date(session.expiresAt),
    }
  }

  /**
   * For signatures (FindCredential): undefined for a token that is none of ours, not of this access key or not good
   * yet, and when the role or user is there no more.
   */
  find(accessKeyId: string, token: string | undefined): Credential | undefined {
    if (token === undefined) return undefined
    // A token is no secret from who reads the records: it need not be compared in constant time.
    const kept = this.#kept.get(accessKeyId)
    const session = kept?.token === token ? kept.session : openToken(this.#root, token, accessKeyId)
    if (session === undefined || session.issuedAt > this.#time.now()) return undefined
    const holder = this.#holderOf(session)
    if (holder === undefined && !isOfRoot(session)) return undefined
    if (kept?.token === token && isSame(kept.holder, holder)) return kept.credential
    const credential = this.#credentialOf(session, holder, accessKeyId, token)
    this.#kept.set(accessKeyId, { token, session, holder, credential })
    return credential
  }

  #holderOf({ of, account, id }: Session): Role | User | undefined {
    const { roles, users } = this.#principals.account(account)
    return of === 'role' ? roles.byId(id) : users.byId(id)
  }

  #credentialOf(
    session: Session,
    holder: Role | User | undefined,
    accessKeyId: string,
    sessionToken: string,
  ): Credential {
    return new Credential({
      ...{ accessKeyId, sessionToken, account: session.account },
      secretAccessKey: () => this.#root.sessionSecret(accessKeyId),
      identity: (region) => identityOf(session, holder, accessKeyId, region),
      transitiveTags: session.tags.filter(({ Key }) => session.transitiveKeys.includes(Key)),
      isExpired: () => this.#time.now() >= session.expiresAt,
      ...(session.of === 'root' ? {} : { policies: this.#policiesOf(session) }),
    })
  }

  /** Of the role or user, now; the same object until any of it changes. */
  #policiesOf(session: Session): () => PrincipalPolicies | undefined {
    const { account, id, tags, policy, policyIds } = session
    const own = policy === undefined ? [] : [newDocument('session policy', policy)]
    const isLimited = own.length + policyIds.length > 0
    const keys = new Set(tags.map(({ Key }) => Key.toLowerCase()))
    let base: PrincipalPolicies | undefined
    let value: PrincipalPolicies | undefined
    return () => {
      const now = isOfRoot(session) ? ROOT_POLICIES : this.#principals.policiesOf(account, id)
      if (now === base) return value
      base = now
      value = now && {
        ...now,
        tags: [...now.tags.filter(({ Key }) => !keys.has(Key.toLowerCase())), ...tags],
        sessionPolicies: isLimited ? [...own, ...this.#managed(account, policyIds)] : undefined,
      }
      return value
    }
  }

  #managed(account: string, ids: readonly string[]): PolicyDocument[] {
    const { policies } = this.#principals.account(account)
    return ids.flatMap((id) => {
      const policy = policies.byId(id)
      return policy === undefined ? [] : [defaultDocument(policy)]
    })
  }
}

/** Whether who they are, in a record, is the same. */
function isSame(one: Role | User | undefined, other: Role | User | undefined): boolean {
  return one === other || (one?.name === other?.name && one?.path === other?.path)
}
