/**
 * An access key: its id, its secret, and whom it stands for.
 *
 * The secret is a string, as signing needs it in that form; it shows in no inspect output, JSON or error.
 * Where access keys are kept is in iam/credentials-file.ts, of root, and in iam/principals/, of users; temporary
 * credentials are kept nowhere (iam/sts/).
 *
 * @module
 */
import type { Identity } from '../audit/identity.js'
import { partitionOf } from '../aws/arn.js'
import { SealtrailError } from '../errors.js'
import type { Caller } from '../service/caller.js'

export interface CredentialParts {
  readonly accessKeyId: string
  /** Or how to get it, when signatures are to be verified. */
  readonly secretAccessKey: string | (() => string)
  /** Of temporary credentials: every request must carry it. */
  readonly sessionToken?: string
  readonly account: string
  /** As the partition of a region names it. */
  readonly identity: (region: string) => Identity
  /** As the caller's. */
  readonly policies?: Caller['policies']
  /** As the caller's; only with policies. */
  readonly transitiveTags?: Caller['transitiveTags']
  /** Whether temporary credentials are good no more. */
  readonly isExpired?: () => boolean
}

export class Credential {
  readonly accessKeyId: string
  readonly account: string
  readonly #identity: (region: string) => Identity
  /** One for all calls from a partition. */
  readonly #identities = new Map<string, Identity>()
  readonly #secretAccessKey: string | (() => string)
  readonly #sessionToken: string | undefined
  /** Of a caller, where there is any. */
  readonly #more: Pick<Caller, 'policies' | 'transitiveTags'> | undefined
  readonly #isExpired: () => boolean

  constructor(parts: CredentialParts) {
    this.accessKeyId = parts.accessKeyId
    this.account = parts.account
    this.#identity = parts.identity
    this.#secretAccessKey = parts.secretAccessKey
    this.#sessionToken = parts.sessionToken
    const { policies, transitiveTags } = parts
    this.#more = policies && (transitiveTags ? { policies, transitiveTags } : { policies })
    this.#isExpired = parts.isExpired ?? (() => false)
  }

  get secretAccessKey(): string {
    const secret = this.#secretAccessKey
    return typeof secret === 'string' ? secret : secret()
  }

  get sessionToken(): string | undefined {
    return this.#sessionToken
  }

  get isExpired(): boolean {
    return this.#isExpired()
  }

  /** @throws SealtrailError `ExpiredTokenException` */
  checkCurrent(): void {
    if (!this.isExpired) return
    const says = 'The security token included in the request is expired'
    throw new SealtrailError('ExpiredTokenException', says)
  }

  caller(region: string): Caller {
    const { account, accessKeyId } = this
    const partition = partitionOf(region)
    let identity = this.#identities.get(partition)
    if (identity === undefined) {
      identity = this.#identity(region)
      this.#identities.set(partition, identity)
    }
    const caller = { account, region, identity, accessKeyId }
    return this.#more === undefined ? caller : { ...caller, ...this.#more }
  }
}

/** What a request names: an access key, and the session token that came with it, if one did. */
export type FindCredential = (
  accessKeyId: string,
  sessionToken?: string | undefined,
) => Credential | undefined
