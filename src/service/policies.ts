/**
 * The policies that bind a user or a role, as values: whoever keeps them and whoever evaluates them agree on these.
 *
 * @module
 */

/** A policy's text, which is JSON with statements. The same text has the same object until it changes. */
export interface PolicyDocument {
  /** An inline policy's name, or `policy/PATH/NAME` of a managed one. */
  readonly name: string
  readonly text: string
  /** Of this process; another with every change of the text. */
  readonly version: number
}

export interface Tag {
  readonly Key: string
  readonly Value: string
}

/** What binds a user, a role or a session of one; the same object until any of it changes. */
export interface PrincipalPolicies {
  /** Of a session: its own, and those of its role that have no other value in it. */
  readonly tags: readonly Tag[]
  /** Inline and attached. */
  readonly identityPolicies: readonly PolicyDocument[]
  /** The permissions boundary. */
  readonly boundary: PolicyDocument | undefined
  /** Of a session, which they limit; undefined when none were passed. One that is there no more allows nothing. */
  readonly sessionPolicies?: readonly PolicyDocument[] | undefined
}
