/**
 * An access key: its id, its secret, and whom it stands for.
 *
 * The secret is a string, as signing needs it in that form; it shows in no inspect output, JSON or error.
 * Where access keys are kept is in iam/credentials-file.ts, of root, and in iam/principals/, of users.
 *
 * @module
 */
import type { Identity } from '../audit/identity.js'
import { partitionOf } from '../aws/arn.js'
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
}

export class Credential {
  readonly accessKeyId: string
  readonly account: string
  readonly #identity: (region: string) => Identity
  /** One for all calls from a partition. */
  readonly #identities = new Map<string, Identity>()
  readonly #secretAccessKey: string | (() => string)
  readonly #sessionToken: string | undefined
  readonly #policies: Caller['policies']

  constructor(parts: CredentialParts) {
    this.accessKeyId = parts.accessKeyId
    this.account = parts.account
    this.#identity = parts.identity
    this.#secretAccessKey = parts.secretAccessKey
    this.#sessionToken = parts.sessionToken
    this.#policies = parts.policies
  }

  get secretAccessKey(): string {
    const secret = this.#secretAccessKey
    return typeof secret === 'string' ? secret : secret()
  }

  get sessionToken(): string | undefined {
    return this.#sessionToken
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
    return this.#policies === undefined ? caller : { ...caller, policies: this.#policies }
  }
}

export type FindCredential = (accessKeyId: string) => Credential | undefined
