/**
 * An access key: its id, its secret, and whom it stands for.
 *
 * The secret is a string, as signing needs it in that form; it shows in no inspect output, JSON or error.
 * Where access keys are kept is in credentials-file.ts.
 *
 * @module
 */
import type { Identity } from '../audit/identity.js'
import type { Caller } from '../service/caller.js'

export interface CredentialParts {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of temporary credentials: every request must carry it. */
  readonly sessionToken?: string
  readonly account: string
  readonly identity: Identity
}

export class Credential {
  readonly accessKeyId: string
  readonly account: string
  readonly identity: Identity
  readonly #secretAccessKey: string
  readonly #sessionToken: string | undefined

  constructor(parts: CredentialParts) {
    this.accessKeyId = parts.accessKeyId
    this.account = parts.account
    this.identity = parts.identity
    this.#secretAccessKey = parts.secretAccessKey
    this.#sessionToken = parts.sessionToken
  }

  get secretAccessKey(): string {
    return this.#secretAccessKey
  }

  get sessionToken(): string | undefined {
    return this.#sessionToken
  }

  caller(region: string): Caller {
    const { account, identity, accessKeyId } = this
    return { account, region, identity, accessKeyId }
  }
}

export type FindCredential = (accessKeyId: string) => Credential | undefined
