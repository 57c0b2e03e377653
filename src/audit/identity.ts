/**
 * Who made a call, in the words of CloudTrail's `userIdentity`.
 *
 * Shape only. Who is who is decided in iam/; how it looks in a record is in record.ts. Members stand in
 * the order in which CloudTrail writes them. Source: docs/FORMAT.md §7.
 *
 * @module
 */

export interface Identity {
  readonly type:
    | 'Root'
    | 'IAMUser'
    | 'AssumedRole'
    | 'FederatedUser'
    | 'AWSAccount'
    | 'AWSService'
    | 'Unknown'
  /** `AIDA…` of a user, `AROA…:session` of a role, the account id of a root user. */
  readonly principalId?: string
  readonly arn?: string
  /** 12 digits. */
  readonly accountId?: string
  readonly accessKeyId?: string
  readonly userName?: string
  readonly sessionContext?: SessionContext
  /** The AWS service that called, such as `cloudtrail.amazonaws.com`: always with `AWSService`. */
  readonly invokedBy?: string
}

/** Of temporary credentials. */
interface SessionContext {
  readonly sessionIssuer?: SessionIssuer
  readonly attributes: {
    /** ISO 8601 in UTC, whole seconds. */
    readonly creationDate: string
    readonly mfaAuthenticated: 'true' | 'false'
  }
  /** Who is behind a chain of sessions, as the first of them was told. */
  readonly sourceIdentity?: string
}

/** Who gave the temporary credentials: a role, or the user who asked for a session. */
interface SessionIssuer {
  readonly type: 'Role' | 'IAMUser' | 'Root'
  readonly principalId: string
  readonly arn: string
  readonly accountId: string
  readonly userName?: string
}
