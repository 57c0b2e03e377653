/**
 * What statements are held against: who asks, for which action on which resource, and the facts of the request.
 *
 * Facts are looked up one by one, when a statement needs them, and whoever looks is noted: a decision that looked at
 * none is the same for every request of its kind. Sources: IAM user guide, "The request context", "AWS JSON policy
 * elements: Principal".
 *
 * @module
 */

export interface Requester {
  readonly type: 'Root' | 'User' | 'RoleSession' | 'FederatedUser' | 'Service'
  /** 12 digits; empty for a service. */
  readonly account: string
  /** The ARN of the user, the session or the account's root; the name of a service, such as `s3.amazonaws.com`. */
  readonly arn: string
  /** The unique id of a user. Undefined for whom a program vouches without one: by his ARN, he is whoever had it. */
  readonly id?: string | undefined
  /** Whose permissions a session has: the ARN of its role, or of the user who federated. */
  readonly issuer?: string | undefined
  readonly issuerId?: string | undefined
  /** The account, as S3 knows it. */
  readonly canonicalUser?: string | undefined
}

export interface Requested {
  readonly principal: Requester
  /** Such as `kms:Decrypt`. */
  readonly action: string
  /** An ARN; `*` for what concerns no resource. */
  readonly resource: string
  /**
   * The values of a condition key; undefined for one that the request does not have. The key comes in lower case:
   * names of keys, and of the tags in them, are the same in any case.
   */
  fact(conditionKey: string): readonly string[] | undefined
}

/** One decision under way. */
export class Asking {
  readonly principal: Requester
  /** In lower case: names of actions are the same in any case. */
  readonly action: string
  readonly resource: string
  readonly #requested: Requested
  /** True once somebody has looked at a fact. */
  dependsOnFacts = false

  constructor(requested: Requested) {
    this.principal = requested.principal
    this.action = requested.action.toLowerCase()
    this.resource = requested.resource
    this.#requested = requested
  }

  fact(key: string): readonly string[] | undefined {
    this.dependsOnFacts = true
    return this.#requested.fact(key)
  }
}
